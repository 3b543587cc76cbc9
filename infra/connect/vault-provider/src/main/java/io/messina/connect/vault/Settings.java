package io.messina.connect.vault;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.config.ConfigException;

/**
 * What the worker's configuration says to the provider. What Vault's own tools take from the
 * environment may come from there: {@code vault.addr} is {@code VAULT_ADDR}; the configuration goes
 * first.
 */
final class Settings {

  static final String ADDRESS = "vault.addr";
  static final String NAMESPACE = "vault.namespace";
  static final String CA = "vault.cacert";
  static final String TOKEN_FILE = "vault.token.file";
  static final String ROLE_ID = "vault.role.id";
  static final String ROLE_ID_FILE = "vault.role.id.file";
  static final String SECRET_ID_FILE = "vault.secret.id.file";
  static final String KUBERNETES_ROLE = "vault.kubernetes.role";
  static final String KUBERNETES_TOKEN_FILE = "vault.kubernetes.token.file";
  static final String AUTH_PATH = "vault.auth.path";
  static final String REQUEST_MS = "request.timeout.ms";
  static final String RETRY_MS = "retry.ms";
  static final String CACHE_MS = "cache.ms";
  static final String OUTAGE_MS = "outage.ms";
  static final String POLL_MS = "poll.ms";
  static final String TTL_MS = "ttl.ms";
  static final String CONNECT_URL = "connect.url";
  static final String WORKER_ID = "connect.worker.id";

  // A secret has no place in a worker's configuration.
  private static final String TOKEN_VARIABLE = "VAULT_TOKEN";
  private static final String SECRET_ID_VARIABLE = "VAULT_SECRET_ID";
  private static final String POD_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

  private static final Map<String, Long> DURATIONS =
      Map.of(
          REQUEST_MS, 3_000L,
          RETRY_MS, 8_000L,
          CACHE_MS, 2_000L,
          OUTAGE_MS, 3_600_000L,
          POLL_MS, 10_000L,
          TTL_MS, 0L);
  private static final Set<String> TEXTS =
      Set.of(
          ADDRESS, NAMESPACE, CA, TOKEN_FILE, ROLE_ID, ROLE_ID_FILE, SECRET_ID_FILE,
          KUBERNETES_ROLE, KUBERNETES_TOKEN_FILE, AUTH_PATH, CONNECT_URL, WORKER_ID);

  private final Map<String, String> stated = new HashMap<>();
  private final Map<String, String> environment;

  private Settings(Map<String, ?> configured, Map<String, String> environment) {
    this.environment = environment;
    Set<String> unknown = new TreeSet<>();
    for (Map.Entry<String, ?> entry : configured.entrySet()) {
      if (!TEXTS.contains(entry.getKey()) && !DURATIONS.containsKey(entry.getKey())) {
        unknown.add(entry.getKey());
      } else if (entry.getValue() != null) {
        stated.put(entry.getKey(), entry.getValue().toString().trim());
      }
    }
    if (!unknown.isEmpty()) {
      throw new ConfigException(
          "the Vault provider has no parameters " + unknown + "; it has " + known());
    }
    for (String name : TEXTS) {
      String value = environment.get(name.toUpperCase(java.util.Locale.ROOT).replace('.', '_'));
      if (name.startsWith("vault.") && value != null && !value.isBlank()) {
        stated.putIfAbsent(name, value);
      }
    }
    address();
    DURATIONS.keySet().forEach(this::duration);
  }

  /**
   * Reads and checks them.
   *
   * @param configured the provider's parameters
   * @param environment the variables of the worker's process
   */
  static Settings of(Map<String, ?> configured, Map<String, String> environment) {
    return new Settings(configured, environment);
  }

  private static Set<String> known() {
    Set<String> all = new TreeSet<>(TEXTS);
    all.addAll(DURATIONS.keySet());
    return all;
  }

  /** Vault's URL, without a slash at its end. */
  String address() {
    String text = text(ADDRESS);
    if (text.isEmpty() || !text.matches("https?://[^@]+")) {
      throw new ConfigException(
          ADDRESS + " (or VAULT_ADDR) must be Vault's URL, without a user: https://HOST:8200");
    }
    return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
  }

  /** A text, empty when nothing says it. */
  String text(String name) {
    return stated.getOrDefault(name, "");
  }

  /** A duration, its default when nothing says it. */
  Duration duration(String name) {
    String text = text(name);
    if (text.isEmpty()) {
      return Duration.ofMillis(DURATIONS.get(name));
    }
    if (!text.matches("[0-9]{1,15}")) {
      throw new ConfigException(name + " must be a number of milliseconds");
    }
    return Duration.ofMillis(Long.parseLong(text));
  }

  /** Connect's own REST API, or null when nothing says where it is. */
  URI connect() {
    String text = text(CONNECT_URL);
    return text.isEmpty() ? null : URI.create(text.endsWith("/") ? text : text + "/");
  }

  /** Who we are to Vault: a token goes before an AppRole, that before Kubernetes. */
  Credentials credentials() {
    String mount = text(AUTH_PATH);
    String token = environment.getOrDefault(TOKEN_VARIABLE, "");
    if (!text(TOKEN_FILE).isEmpty() || !token.isEmpty()) {
      return Credentials.token(text(TOKEN_FILE).isEmpty() ? token : read(TOKEN_FILE));
    }
    String role = text(ROLE_ID_FILE).isEmpty() ? text(ROLE_ID) : read(ROLE_ID_FILE);
    if (!role.isEmpty()) {
      String secret =
          text(SECRET_ID_FILE).isEmpty()
              ? environment.getOrDefault(SECRET_ID_VARIABLE, "")
              : read(SECRET_ID_FILE);
      return Credentials.appRole(mount, role, secret);
    }
    if (!text(KUBERNETES_ROLE).isEmpty()) {
      stated.putIfAbsent(KUBERNETES_TOKEN_FILE, POD_TOKEN);
      return Credentials.kubernetes(mount, text(KUBERNETES_ROLE), read(KUBERNETES_TOKEN_FILE));
    }
    throw new ConfigException(
        "nothing says who the worker is to Vault: set " + TOKEN_FILE + ", or " + ROLE_ID + " and "
            + SECRET_ID_FILE + ", or " + KUBERNETES_ROLE);
  }

  private String read(String name) {
    Path file = Path.of(text(name));
    try {
      String content = Files.readString(file, StandardCharsets.UTF_8).strip();
      if (!content.isEmpty()) {
        return content;
      }
      throw new ConfigException("the file " + file + " of " + name + " is empty");
    } catch (IOException e) {
      throw new ConfigException(
          "the file " + file + " of " + name + " can't be read: " + e.getClass().getSimpleName());
    }
  }
}
