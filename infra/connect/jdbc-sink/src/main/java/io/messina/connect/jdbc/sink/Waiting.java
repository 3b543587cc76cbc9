package io.messina.connect.jdbc.sink;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * What a task waits for, and since when, as a note beside the offsets that it commits.
 *
 * <p>To Connect a task that waits is RUNNING. Its offsets are where whoever asks how far the sink is
 * looks anyway, without access to the worker: its metrics take an agent in the worker's process.
 */
final class Waiting {

  /** A wait that is shorter is nobody's business. */
  static final Duration TOLD = Duration.ofSeconds(5);

  /** Within this time another reason is no reason for another commit. */
  static final Duration SAME = Duration.ofSeconds(10);

  /** Brokers take 4 KiB. */
  static final int LONGEST = 300;

  /** librdkafka copies a note without its length, and reads on to the next zero: it brings one. */
  static final String END = "\0";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final LongSupplier millis;
  private long since;
  private String reason = "";
  private String note = "";
  private long notedAt;
  private boolean told = true;

  /**
   * Nothing is waited for yet.
   *
   * @param millis since 1970
   */
  Waiting(LongSupplier millis) {
    this.millis = millis;
  }

  /** A batch waits to be tried again. */
  void waits(String why) {
    if (reason.isEmpty()) {
      since = millis.getAsLong();
    }
    String cut = why.length() <= LONGEST ? why : why.substring(0, LONGEST) + "…";
    reason = cut.isBlank() ? "?" : cut;
  }

  /** No batch waits any more: it is another task's now. */
  void dropped() {
    reason = "";
    note = "";
  }

  /**
   * What waited was written.
   *
   * @return whether a wait may have been told since the last time, by this task or the one before
   */
  boolean over() {
    dropped();
    boolean was = told;
    told = false;
    return was;
  }

  /** What is to stand beside the offsets of the batch that waits; empty where none waits for long. */
  String note() {
    long now = millis.getAsLong();
    if (reason.isEmpty() || now - since < TOLD.toMillis()) {
      return "";
    }
    if (note.isEmpty() || now - notedAt >= SAME.toMillis()) {
      notedAt = now;
      told = true;
      note = JSON.createObjectNode().put("waits_since_ms", since).put("why", reason) + END;
    }
    return note;
  }
}
