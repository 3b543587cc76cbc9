package io.messina.connect.vault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.vault.FakeServer.Answer;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WatchTest {

  private static final SecretPath PATH = SecretPath.of("kv/db");

  private Secret current = secret(1, "old", "me");
  private boolean out;
  private List<User> users = List.of(user("a.sink", false, "password"));
  private int asked;
  private final List<String> restarted = new ArrayList<>();
  private boolean connectAnswers = true;
  private final Watch watch = new Watch(this::read, new Users());

  private static Secret secret(long version, String password, String user) {
    return new Secret(PATH, version, Map.of("password", password, "user", user));
  }

  private Secret read(SecretPath path) {
    if (out) {
      throw new VaultUnavailableException("out");
    }
    return current;
  }

  private final class Users implements Connectors {

    @Override
    public List<User> users() throws IOException {
      if (!connectAnswers) {
        throw new IOException("409");
      }
      asked++;
      return users;
    }

    @Override
    public boolean restart(String connector) {
      return connectAnswers && restarted.add(connector);
    }
  }

  private static User user(String name, boolean failed, String... keys) {
    return new User(name, failed, Map.of(PATH.toString(), Set.of(keys)));
  }

  private void tick() throws InterruptedException {
    watch.look();
    watch.restart();
  }

  /** A value that changed restarts who uses its key, once. */
  @Test
  void aChangeRestartsOnce() throws InterruptedException {
    watch.note(PATH, Set.of("password", "user"), current);
    tick();
    assertEquals(List.of(), restarted);
    current = secret(2, "new", "me");
    tick();
    tick();
    assertEquals(1, asked);
    assertEquals(List.of("a.sink"), restarted);
    assertEquals(0, watch.owed());
  }

  /** A new version with the same values, or with another key's, restarts nobody. */
  @Test
  void whatNobodyUsesRestartsNobody() throws InterruptedException {
    watch.note(PATH, Set.of("password"), current);
    current = secret(2, "old", "somebody else");
    tick();
    assertEquals(List.of(), restarted);
  }

  /** A change that a second reader got first is still a change for the first one. */
  @Test
  void aSecondReaderDoesNotHideAChange() throws InterruptedException {
    assertFalse(watch.note(PATH, Set.of("password"), current));
    current = secret(2, "new", "me");
    assertTrue(watch.note(PATH, Set.of("password"), current));
    tick();
    assertEquals(List.of("a.sink"), restarted);
  }

  /** While Connect does not answer, nothing is forgotten. */
  @Test
  void connectIsAskedUntilItAnswers() throws InterruptedException {
    watch.note(PATH, Set.of("password"), current);
    current = secret(2, "new", "me");
    connectAnswers = false;
    tick();
    connectAnswers = true;
    watch.look();
    connectAnswers = false;
    watch.restart();
    assertEquals(1, watch.owed());
    connectAnswers = true;
    watch.restart();
    assertEquals(List.of("a.sink"), restarted);
  }

  /** Vault being out, or a key being removed, restarts nobody: what runs keeps what it has. */
  @Test
  void whatRunsGoesOn() throws InterruptedException {
    watch.note(PATH, Set.of("password"), current);
    out = true;
    tick();
    out = false;
    current = new Secret(PATH, 2, Map.of("user", "me"));
    tick();
    assertEquals(List.of(), restarted);
  }

  /** Of a path only those are restarted that name the key that changed. */
  @Test
  void whoNamesAnotherKeyIsLeftAlone() throws InterruptedException {
    users =
        List.of(user("a.sink", false, "password", "user"), user("b.sink", true, "user"));
    watch.note(PATH, Set.of("password", "user"), current);
    current = secret(2, "new", "me");
    tick();
    assertEquals(List.of("a.sink"), restarted);
  }

  /** Who failed for want of a value is restarted when it is there; its absence is no change. */
  @Test
  void whoFailedIsRestarted() throws InterruptedException {
    current = new Secret(PATH, 1, Map.of("user", "me"));
    users = List.of(user("a.sink", true, "password"));
    watch.noteRefused(PATH, Set.of("password"));
    tick();
    assertEquals(List.of(), restarted);
    current = secret(2, "new", "me");
    watch.look();
    users = List.of(user("a.sink", false, "password"));
    watch.restart();
    tick();
    tick();
    assertEquals(List.of("a.sink"), restarted);
  }

  /** Connect may say later that a connector failed than its secret is there: it is looked twice. */
  @Test
  void whoFailsLateIsRestarted() throws InterruptedException {
    watch.noteRefused(PATH, Set.of("password"));
    tick();
    users = List.of(user("a.sink", true, "password"));
    tick();
    tick();
    assertEquals(List.of("a.sink"), restarted);
  }

  /** Who is restarted does not run for a while: that is let be. Who fails anew later is not. */
  @Test
  void whoIsRestartedIsLetBe() throws InterruptedException {
    users = List.of(user("a.sink", true, "password"));
    watch.noteRefused(PATH, Set.of("password"));
    tick();
    tick();
    tick();
    assertEquals(List.of("a.sink"), restarted);
    watch.noteRefused(PATH, Set.of("password"));
    tick();
    assertEquals(List.of("a.sink", "a.sink"), restarted);
  }

  /** One who names a key that is not there costs those nothing who run with others of its path. */
  @Test
  void oneBadKeyRestartsNobodyElse() throws InterruptedException {
    users =
        List.of(
            user("a.sink", false, "password"),
            user("b.sink", true, "password"),
            user("bad", true, "password", "typo"));
    watch.note(PATH, Set.of("password"), current);
    for (int i = 0; i < 3; i++) {
      watch.noteRefused(PATH, Set.of("password", "typo"));
      tick();
    }
    assertEquals(List.of(), restarted);
    current = new Secret(PATH, 2, Map.of("password", "old", "typo", "t"));
    watch.look();
    users = List.of(user("a.sink", false, "password"), user("bad", false, "password", "typo"));
    watch.restart();
    tick();
    assertEquals(List.of("bad"), restarted);
  }

  /** What was wanted does not hide that the value of those who run has changed meanwhile. */
  @Test
  void aWantHidesNoChange() throws InterruptedException {
    watch.note(PATH, Set.of("password"), current);
    watch.noteRefused(PATH, Set.of("password", "typo"));
    current = secret(2, "new", "me");
    tick();
    tick();
    assertEquals(List.of("a.sink"), restarted);
  }

  /** A cache asks once in its time, gives the last one while Vault is out, but not for ever. */
  @Test
  void aCacheOutlivesAnOutage() throws InterruptedException {
    Cache quick = new Cache(this::read, Duration.ofMillis(0), Duration.ofMillis(300));
    assertEquals(1, quick.read(PATH).version());
    current = secret(2, "new", "me");
    assertEquals(2, quick.read(PATH).version());
    out = true;
    assertEquals(2, quick.read(PATH).version());
    Thread.sleep(400);
    assertThrows(VaultUnavailableException.class, () -> quick.read(PATH));
    out = false;
    Cache slow = new Cache(this::read, Duration.ofHours(1), Duration.ofHours(1));
    slow.read(PATH);
    current = secret(3, "newer", "me");
    assertEquals(2, slow.read(PATH).version());
    assertEquals(3, slow.renew(PATH).version());
    assertEquals(3, slow.read(PATH).version());
  }

  /** A time to live shrinks to its end, however often Connect asks, and then begins anew. */
  @Test
  void aTimeToLiveShrinks() {
    Deadlines deadlines = new Deadlines(Duration.ofSeconds(10));
    long second = 1_000_000_000L;
    assertEquals(10_000, deadlines.next(PATH, 0));
    assertEquals(4_000, deadlines.next(PATH, 6 * second));
    assertEquals(10_000, deadlines.next(PATH, 10 * second));
    assertEquals(null, new Deadlines(Duration.ZERO).next(PATH, 0));
  }

  private static String connector(
      String name, String value, String state, String task, String worker) {
    return "\"" + name + "\":{\"info\":{\"config\":{\"name\":\"" + name + "\",\"x\":\"" + value
        + "\"}},\"status\":{\"connector\":{\"state\":\"" + state + "\",\"worker_id\":\"" + worker
        + "\"},\"tasks\":[{\"id\":0,\"state\":\"" + task + "\"}]}}";
  }

  /** Of all connectors, those that run here and want reloads: which keys they name, who is down. */
  @Test
  void whoUsesAKeyIsFound() throws Exception {
    try (FakeServer server = new FakeServer()) {
      String quiet = connector("quiet", "${vault:kv/db:password}", "RUNNING", "RUNNING", "w:1");
      server.answers =
          request ->
              new Answer(
                  200,
                  "{" + String.join(",",
                      connector("a", "x${vault:kv/db:password}y", "RUNNING", "FAILED", "w:1"),
                      connector("b", "${vault:kv/db:user}", "RUNNING", "RUNNING", "w:1"),
                      connector("d", "${vault:kv/db:password}", "STOPPED", "RUNNING", "w:1"),
                      connector(
                          "e", "${env:A}${vault:kv/db:password}", "FAILED", "RUNNING", "w:2"),
                      connector("f", "kv/db:password", "RUNNING", "PAUSED", "w:1"),
                      connector("g", "kv/db:password", "RUNNING", "RESTARTING", "w:2"),
                      quiet.replace(
                          "\"name\":", "\"config.action.reload\":\"NONE\",\"name\":"))
                      + "}");
      URI url = URI.create(server.url() + "/");
      List<User> all = new ConnectRest(url, "").users();
      assertEquals(List.of("a", "b", "e", "f", "g"), all.stream().map(User::name).toList());
      assertEquals(
          List.of("a", "e"),
          all.stream()
              .filter(user -> user.namesAny(PATH, Set.of("password", "none")))
              .map(User::name)
              .toList());
      assertEquals(
          List.of("a", "e", "g"), all.stream().filter(User::failed).map(User::name).toList());
      assertFalse(all.get(0).namesAll(PATH, Set.of("password", "none")));
      assertEquals(
          List.of("a", "b", "f"),
          new ConnectRest(url, "w:1").users().stream().map(User::name).toList());
    }
  }

  /** A restart takes the tasks along; 409 is tried again, a connector that is gone is not. */
  @Test
  void restartsTakeTasksAlong() throws Exception {
    try (FakeServer server = new FakeServer()) {
      int[] status = {202};
      server.answers = request -> new Answer(status[0], "");
      ConnectRest connect = new ConnectRest(URI.create(server.url() + "/"), "");
      assertTrue(connect.restart("a b.sink"));
      assertEquals(
          "/connectors/a%20b.sink/restart?includeTasks=true&onlyFailed=false",
          server.asked.get(0).path());
      status[0] = 409;
      assertFalse(connect.restart("a"));
      status[0] = 404;
      assertTrue(connect.restart("a"));
    }
  }
}
