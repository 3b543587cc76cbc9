package io.messina.connect.vault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.vault.FakeServer.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VaultReaderTest {

  private static final String MARK = "hunter2-4711";
  private static final SecretPath PATH = SecretPath.of("kv/app/db");

  @TempDir Path folder;
  private FakeServer server;

  @BeforeEach
  void start() throws IOException {
    server = new FakeServer();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static Answer secret(String data, int version) {
    return new Answer(
        200,
        "{\"lease_id\":\"\",\"renewable\":false,\"lease_duration\":0,\"data\":{\"data\":" + data
            + ",\"metadata\":{\"version\":" + version + ",\"deletion_time\":\"\"}}}");
  }

  private static Answer login(String token, long lease) {
    return new Answer(
        200,
        "{\"renewable\":false,\"lease_duration\":0,\"auth\":{\"client_token\":\"" + token + "\",\"lease_duration\":" + lease
            + ",\"renewable\":true,\"policies\":[]}}");
  }

  private static Answer refusal(int status) {
    // A server that says more than it should: nothing of it may be passed on.
    return new Answer(status, "{\"errors\":[\"" + MARK + "\"]}");
  }

  private Path file(String name, String text) {
    try {
      return Files.writeString(folder.resolve(name), text);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private VaultReader reader(Map<String, String> more) {
    Map<String, String> stated = new HashMap<>(Map.of("retry.ms", "1500"));
    stated.put("vault.addr", server.url());
    stated.putAll(more);
    return new VaultReader(Settings.of(stated, Map.of()));
  }

  private VaultReader withToken() {
    return reader(Map.of("vault.token.file", file("token", MARK + "\n").toString()));
  }

  private VaultReader withAppRole() {
    return reader(
        Map.of("vault.role.id", "role", "vault.secret.id.file", file("id", MARK).toString()));
  }

  private static String refused(VaultReader reader, Class<? extends RuntimeException> kind) {
    RuntimeException error = assertThrows(kind, () -> reader.read(PATH));
    assertFalse((error + "" + error.getCause()).contains(MARK), error.toString());
    return error.getMessage();
  }

  /** A token from a file is sent, and the newest version comes back; only texts are values. */
  @Test
  void aTokenReads() {
    server.answers =
        request ->
            request.path().contains("lookup-self")
                ? new Answer(200, "{\"data\":{\"ttl\":0,\"policies\":[],\"renewable\":false}}")
                : secret("{\"password\":\"grün\",\"port\":5432}", 3);
    Secret secret = withToken().read(PATH);
    assertEquals(Map.of("password", "grün"), secret.all());
    assertEquals(3, secret.version());
    assertEquals(1, server.count("GET", "/v1/kv/data/app/db"));
    assertTrue(server.asked.stream().allMatch(r -> MARK.equals(r.token())));
    assertFalse(secret.toString().contains("grün"));
  }

  /** An AppRole logs in once; when Vault no longer takes the token, once more. */
  @Test
  void anAppRoleLogsInAgainWhenForgotten() {
    String[] valid = {"t1"};
    server.answers =
        request -> {
          if (request.path().equals("/v1/auth/approle/login")) {
            assertTrue(request.body().contains("\"secret_id\":\"" + MARK + "\""));
            return login(valid[0], 3600);
          }
          return valid[0].equals(request.token())
              ? secret("{\"password\":\"x\"}", 1)
              : refusal(403);
        };
    VaultReader reader = withAppRole();
    reader.read(PATH);
    reader.read(PATH);
    assertEquals(1, server.count("POST", "login"));
    valid[0] = "t2";
    assertEquals("x", reader.read(PATH).all().get("password"));
    assertEquals(2, server.count("POST", "login"));
  }

  /** Kubernetes logs in with the pod's token, where its method is mounted. */
  @Test
  void aPodLogsIn() {
    server.answers =
        request ->
            request.path().equals("/v1/auth/cluster-1/login")
                    && request.body().contains("\"jwt\":\"" + MARK + "\"")
                ? login("t", 3600)
                : "t".equals(request.token())
                    ? secret("{\"password\":\"x\"}", 1)
                    : refusal(403);
    VaultReader reader =
        reader(
            Map.of(
                "vault.kubernetes.role", "connect",
                "vault.kubernetes.token.file", file("pod", MARK).toString(),
                "vault.auth.path", "cluster-1"));
    assertEquals("x", reader.read(PATH).all().get("password"));
  }

  /** A token is renewed after two thirds of its life, and not before. */
  @Test
  void aTokenIsRenewedInTime() throws InterruptedException {
    server.answers =
        request ->
            request.path().contains("login") || request.path().contains("renew-self")
                ? login("t", 3)
                : secret("{\"password\":\"x\"}", 1);
    VaultReader reader = withAppRole();
    reader.read(PATH);
    reader.renewIfDue();
    assertEquals(0, server.count("POST", "renew-self"));
    long end = System.nanoTime() + 10_000_000_000L;
    while (server.asked.stream().noneMatch(r -> r.path().contains("renew-self"))) {
      assertTrue(System.nanoTime() < end, "never renewed");
      reader.renewIfDue();
      Thread.sleep(50);
    }
    assertEquals(1, server.count("POST", "login"));
  }

  /** A token whose renewal is refused is given up: the next read logs in anew. */
  @Test
  void aTokenThatIsNotRenewedIsReplaced() throws InterruptedException {
    server.answers =
        request ->
            request.path().contains("renew-self")
                ? refusal(403)
                : request.path().contains("login")
                    ? login("t", 1)
                    : secret("{\"password\":\"x\"}", 1);
    VaultReader reader = withAppRole();
    reader.read(PATH);
    while (server.asked.stream().noneMatch(r -> r.path().contains("renew-self"))) {
      reader.renewIfDue();
      Thread.sleep(50);
    }
    reader.read(PATH);
    assertEquals(2, server.count("POST", "login"));
  }

  /** Sealed, overloaded or in election: asked again, with growing pauses. */
  @Test
  void whatPassesIsWaitedFor() {
    int[] reads = {0};
    int[] statuses = {503, 429, 500, 473};
    server.answers =
        request -> {
          if (request.path().contains("login")) {
            return login("t", 3600);
          }
          return reads[0] < statuses.length
              ? refusal(statuses[reads[0]++])
              : secret("{\"password\":\"x\"}", 1);
        };
    assertEquals("x", withAppRole().read(PATH).all().get("password"));
  }

  /** The waiting is bounded, and the next ones don't wait: Connect's herder is behind them. */
  @Test
  void theWaitIsBounded() {
    server.answers = request -> refusal(503);
    VaultReader reader = withAppRole();
    long start = System.nanoTime();
    String told = refused(reader, VaultUnavailableException.class);
    assertTrue(told.contains("HTTP 503") && told.contains("1500 ms"), told);
    long first = System.nanoTime() - start;
    assertTrue(first < 6_000_000_000L, "waited for " + first);
    long before = server.asked.size();
    refused(reader, VaultUnavailableException.class);
    assertEquals(before + 1, server.asked.size());
  }

  /** Nobody there: told by kind, within the bound. */
  @Test
  void nobodyThere() {
    VaultReader reader = withToken();
    server.close();
    String told = refused(reader, VaultUnavailableException.class);
    assertTrue(told.matches(".* does not serve kv/app/db \\([A-Za-z]+Exception\\);.*"), told);
  }

  /** A login that is refused is not tried again: Vault may lock out who goes on. */
  @Test
  void aRefusedLoginIsFinal() {
    server.answers = request -> refusal(400);
    String told = refused(withAppRole(), ConfigException.class);
    assertTrue(told.contains("refuses the worker's login (APPROLE at auth/approle, HTTP 400)"));
    assertEquals(1, server.asked.size());
  }

  /** 403 names the policy that is missing. */
  @Test
  void aMissingPolicyIsNamed() {
    server.answers =
        request -> request.path().contains("login") ? login("t", 60) : refusal(403);
    String told = refused(withAppRole(), ConfigException.class);
    assertTrue(told.contains("path \"kv/data/app/db\" { capabilities = [\"read\"] }"), told);
  }

  /** What is not there, or was deleted, or is no KV v2, is told as such. */
  @Test
  void whatIsNotThereIsTold() {
    Answer[] next = {refusal(404)};
    server.answers = request -> request.path().contains("login") ? login("t", 60) : next[0];
    assertTrue(refused(withAppRole(), ConfigException.class).contains("nothing at app/db"));
    next[0] =
        new Answer(
            404,
            "{\"data\":{\"data\":null,\"metadata\":{\"version\":2,\"deletion_time\":\"2026\"}}}");
    assertTrue(refused(withAppRole(), ConfigException.class).contains("was deleted"));
    next[0] = new Answer(200, "{\"data\":{\"password\":\"" + MARK + "\"}}");
    assertTrue(refused(withAppRole(), ConfigException.class).contains("no KV v2 engine"));
  }

  /** A key that is not there is named, and no other key's value. */
  @Test
  void aMissingKeyIsNamed() {
    Secret secret = new Secret(PATH, 4, Map.of("other", MARK));
    String told =
        assertThrows(ConfigException.class, () -> secret.only(java.util.Set.of("password")))
            .getMessage();
    assertTrue(told.contains("key password") && !told.contains(MARK), told);
  }
}
