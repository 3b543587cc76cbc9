package io.messina.connect.vault;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {

  private static final Map<String, String> ADDRESS = Map.of("vault.addr", "http://127.0.0.1:1/");
  private static final String MARK = "hunter2-4711";

  /** What the configuration does not say, Vault's own variables do; the configuration goes first. */
  @Test
  void theEnvironmentStandsIn() {
    Map<String, String> variables = Map.of("VAULT_ADDR", "http://a:1", "VAULT_NAMESPACE", "n");
    assertEquals("http://a:1", Settings.of(Map.of(), variables).address());
    assertEquals("http://127.0.0.1:1", Settings.of(ADDRESS, variables).address());
    assertEquals("n", Settings.of(ADDRESS, variables).text("vault.namespace"));
  }

  /** A secret has no place in a worker's configuration: there is no such parameter. */
  @ParameterizedTest
  @ValueSource(strings = {"vault.token", "vault.secret.id", "vault.adr"})
  void unknownParametersAreRefused(String name) {
    Map<String, String> stated = Map.of("vault.addr", "http://a:1", name, MARK);
    String told =
        assertThrows(ConfigException.class, () -> Settings.of(stated, Map.of())).getMessage();
    assertTrue(told.contains(name) && told.contains("vault.token.file"), told);
    assertFalse(told.contains(MARK));
  }

  /** No address, or one with a login in it, is refused without showing it. */
  @ParameterizedTest
  @ValueSource(strings = {"", "vault:8200", "http://me:hunter2-4711@host"})
  void addressesAreChecked(String address) {
    String told =
        assertThrows(
                ConfigException.class,
                () -> Settings.of(Map.of("vault.addr", address), Map.of()))
            .getMessage();
    assertFalse(told.contains(MARK));
  }

  /** Durations are milliseconds. */
  @Test
  void durationsAreChecked() {
    assertThrows(
        ConfigException.class,
        () -> Settings.of(Map.of("vault.addr", "http://a:1", "poll.ms", "10s"), Map.of()));
  }

  /** A token goes before an AppRole, that before Kubernetes; none of them is an error. */
  @Test
  void whoWeAre() {
    assertEquals(
        Credentials.Method.TOKEN,
        Settings.of(ADDRESS, Map.of("VAULT_TOKEN", MARK, "VAULT_ROLE_ID", "r"))
            .credentials()
            .method());
    Credentials role =
        Settings.of(ADDRESS, Map.of("VAULT_ROLE_ID", "r", "VAULT_SECRET_ID", MARK)).credentials();
    assertEquals(Credentials.Method.APPROLE, role.method());
    assertFalse(role.toString().contains(MARK));
    assertThrows(ConfigException.class, () -> Settings.of(ADDRESS, Map.of()).credentials());
  }

  /** A file that can't be read is named with its parameter. */
  @Test
  void filesAreNamed(@TempDir Path folder) {
    Settings settings =
        Settings.of(
            Map.of("vault.addr", "http://a:1", "vault.token.file", folder + "/none"), Map.of());
    String told = assertThrows(ConfigException.class, settings::credentials).getMessage();
    assertTrue(told.contains("/none of vault.token.file can't be read: NoSuchFile"), told);
  }

  /** What could lead elsewhere in a URL is no path, and is not repeated. */
  @ParameterizedTest
  @ValueSource(strings = {"kv", "kv/", "/kv/a", "kv/../sys/x", "kv//a", "kv/a?x", "kv/a b", "kv/.a"})
  void pathsAreChecked(String text) {
    String told = assertThrows(ConfigException.class, () -> SecretPath.of(text)).getMessage();
    assertFalse(told.contains(text + "\"") || told.contains("'" + text + "'"), told);
  }

  /** Paths may be deep. */
  @Test
  void deepPaths() {
    assertEquals(new SecretPath("kv", "a/b-c/d.e"), SecretPath.of("kv/a/b-c/d.e"));
  }

  /** Configuring asks nobody: Connect makes providers that it never uses. */
  @Test
  void configuringIsCheap() {
    try (VaultConfigProvider provider = new VaultConfigProvider()) {
      assertDoesNotThrow(() -> provider.configure(ADDRESS));
    }
  }
}
