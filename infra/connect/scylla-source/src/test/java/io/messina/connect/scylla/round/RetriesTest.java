package io.messina.connect.scylla.round;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.cql.ReadException;
import io.messina.connect.scylla.cql.RefusedException;
import io.messina.connect.scylla.cql.Tables;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;
import shaded.com.scylladb.cdc.driver3.driver.core.EndPoint;
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.InvalidQueryException;
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.NoHostAvailableException;
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.OperationTimedOutException;

class RetriesTest {

  private static final EndPoint NODE = () -> new InetSocketAddress("127.0.0.1", 9042);
  private static final RuntimeException LATE = new OperationTimedOutException(NODE);
  private static final RuntimeException NO_NODE = new NoHostAvailableException(Map.of());
  private static final RuntimeException REFUSED = new InvalidQueryException("unconfigured table");

  private final Time time = new Time();
  private final List<SourceConfig> probed = new ArrayList<>();
  private RuntimeException probe;

  /** Passes only while somebody sleeps. */
  private static final class Time implements Retries.Clock {
    private long now;

    @Override
    public long millis() {
      return now;
    }

    @Override
    public void sleep(long millis) {
      now += millis;
    }
  }

  private Retries retries(long timeout) {
    Map<String, String> settings = new HashMap<>();
    settings.put("name", "ops-source");
    settings.put("topic.prefix", "p");
    settings.put("scylla.contact.points", "127.0.0.1:9042");
    settings.put("tables", "ops.flights");
    settings.put("slices", "1");
    settings.put("scylla.password", "hunter2");
    settings.put("scylla.user", "u");
    settings.put("retry.timeout.ms", Long.toString(timeout));
    return new Retries(new SourceConfig(settings), this::probe, time);
  }

  private void probe(SourceConfig config) {
    probed.add(config);
    if (probe != null) {
      throw probe;
    }
  }

  private static RuntimeException reading(RuntimeException reason) {
    return new ReadException(Tables.ID, "log stream 0xab, window [1, 2)", reason);
  }

  private static RefusedException refusal(RefusedException.Why why) {
    return new RefusedException(why, "no entry", null);
  }

  private String end(Retries retries, RuntimeException failure) {
    return assertThrows(
            ConnectException.class,
            () -> {
              while (true) {
                retries.failed(failure, "[ops.flights], windows from 1 on");
              }
            })
        .getMessage();
  }

  /** A failure that lasts ends the task at the bound, and says table, stream, window, next step. */
  @Test
  void boundEndsTheTask() {
    String message = end(retries(60_000), reading(LATE));
    assertEquals(60_000, time.now);
    for (String part :
        List.of(
            "ops.flights, log stream 0xab, window [1, 2)",
            "60.0 s",
            "127.0.0.1:9042 did not answer in time",
            "offsets were kept",
            "POST /connectors/ops-source/restart")) {
      assertTrue(message.contains(part), message);
    }
    assertFalse(message.contains("hunter2"));
  }

  /** A success in between begins the bound anew. */
  @Test
  void successBeginsAnew() throws InterruptedException {
    Retries retries = retries(60_000);
    for (int i = 0; i < 500; i++) {
      retries.failed(LATE, "x");
      time.sleep(30_000);
      retries.succeeded();
    }
    assertTrue(end(retries, LATE).contains("60.0 s"));
  }

  /** A bound of nothing means no second try. */
  @Test
  void noBoundNoRetry() {
    end(retries(0), LATE);
    assertEquals(0, time.now);
  }

  /** What a person must see to ends the task at once. */
  @Test
  void refusalsEndAtOnce() throws InterruptedException {
    for (RefusedException.Why why : RefusedException.Why.values()) {
      Retries retries = retries(900_000);
      if (why != RefusedException.Why.CREDENTIALS) {
        retries.succeeded();
      }
      assertTrue(end(retries, refusal(why)).contains("no entry. Nothing of this window"));
      assertEquals(0, time.now);
    }
  }

  /** A password that was good before may be in the middle of a change: it has a minute. */
  @Test
  void passwordHasAMinute() {
    Retries retries = retries(900_000);
    retries.succeeded();
    end(retries, refusal(RefusedException.Why.CREDENTIALS));
    assertEquals(Retries.PASSWORD_MS, time.now);
  }

  /** The password's minute begins when it is refused, not when the database went away. */
  @Test
  void minuteBeginsWithTheRefusal() throws InterruptedException {
    Retries retries = retries(900_000);
    retries.succeeded();
    while (time.now < 300_000) {
      retries.failed(LATE, "x");
    }
    long then = time.now;
    end(retries, refusal(RefusedException.Why.CREDENTIALS));
    assertEquals(then + Retries.PASSWORD_MS, time.now);
  }

  /** A refused query is tried ten times, whatever the bound. */
  @Test
  void refusedQueryEndsSoon() {
    String message = end(retries(900_000), reading(REFUSED));
    assertTrue(message.contains("refuses a query: unconfigured table"), message);
    assertTrue(time.now < 30_000);
  }

  /** A session that has no node left asks by a new connection why, every ten seconds at most. */
  @Test
  void reasonIsAskedFor() throws InterruptedException {
    Retries retries = retries(900_000);
    retries.succeeded();
    while (time.now < 60_000) {
      retries.failed(reading(NO_NODE), "x");
    }
    assertTrue(probed.size() >= 4 && probed.size() <= 7, probed.size() + " probes");
    probe = refusal(RefusedException.Why.CERTIFICATE);
    assertTrue(end(retries, reading(NO_NODE)).contains("no entry"));
    assertTrue(time.now < 80_000);
  }

  /** A failure that tells its reason is not asked about. */
  @Test
  void knownReasonIsNotAsked() {
    assertDoesNotThrow(() -> retries(900_000).failed(LATE, "x"));
    assertEquals(List.of(), probed);
  }
}
