package io.messina.connect.jdbc.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class WaitingTest {

  private long now = 1_000_000;
  private final Waiting waiting = new Waiting(() -> now);

  /** A wait of five seconds is told, with its beginning and its newest reason; then no more. */
  @Test
  void longWaitsAreTold() {
    assertEquals("", waiting.note());
    assertTrue(waiting.over(), "the task before may have told one");
    waiting.waits("status 401");
    now += 4_999;
    assertEquals("", waiting.note());
    now += 1;
    waiting.waits("status \"403\"");
    String told = "{\"waits_since_ms\":1000000,\"why\":\"status \\\"403\\\"\"}\0";
    assertEquals(told, waiting.note());
    waiting.dropped();
    assertEquals("", waiting.note());
    assertTrue(waiting.over());
    assertFalse(waiting.over());
  }

  /** Reasons that change from try to try are told every ten seconds: each takes a commit. */
  @Test
  void reasonsAreToldSeldom() {
    waiting.waits("one");
    now += 5_000;
    String first = waiting.note();
    waiting.waits("two");
    now += 9_999;
    assertEquals(first, waiting.note());
    now += 1;
    assertTrue(waiting.note().contains("two"));
  }

  /** Whatever the reason is, brokers take it: they refuse offsets with more than 4 KiB. */
  @Test
  void notesAreShort() {
    waiting.waits("\u0001".repeat(100_000));
    now += 5_000;
    assertTrue(waiting.note().getBytes(StandardCharsets.UTF_8).length < 4_096);
  }
}
