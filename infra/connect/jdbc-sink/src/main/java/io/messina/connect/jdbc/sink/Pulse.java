package io.messina.connect.jdbc.sink;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Notices that a task stood still, with its process or its machine.
 *
 * <p>Its consumer said nothing meanwhile, so that its partitions may be another task's, which writes
 * newer rows; and nobody has told it. So what it has in its hands must wait until Connect has asked.
 */
final class Pulse {

  /** Less than a consumer's session (6 s) without the pause between two heartbeats (2 s). */
  static final Duration STILL = Duration.ofSeconds(3);

  /** Long enough for Connect to ask the group once. */
  static final Duration HOLD = Duration.ofSeconds(1);

  /** It stood still: what it was about to write may be another's. */
  static final class StoodStill extends RuntimeException {

    private static final long serialVersionUID = 1L;

    StoodStill(Duration gap) {
      super(
          "the task stood still for "
              + gap.toMillis()
              + " ms, and its partitions may be another's by now: Connect asks first");
    }
  }

  private final LongSupplier nanos;
  private long last;
  private long longest;

  Pulse(LongSupplier nanos) {
    this.nanos = nanos;
    this.last = nanos.getAsLong();
  }

  /** The group has just said what is this task's, or is about to. */
  void fresh() {
    last = nanos.getAsLong();
    longest = 0;
  }

  /** Connect has waited for records, and none came. Where it waited for long that was no freeze,
   * but nobody can tell. */
  void idle() {
    longest = 0;
    called();
    longest = longest > STILL.toNanos() ? longest : 0;
  }

  /** A call to the outside ended: that it took long may be the other side's doing, or not. */
  void called() {
    long now = nanos.getAsLong();
    longest = Math.max(longest, now - last);
    last = now;
  }

  /**
   * A batch begins.
   *
   * @throws StoodStill if the group should be asked before it is written; the next time it may be
   */
  void begin() {
    called();
    long gap = longest;
    longest = 0;
    fail(gap);
  }

  /**
   * Something of a batch is about to be written.
   *
   * @throws StoodStill if it should not be now
   */
  void about() {
    long now = nanos.getAsLong();
    long gap = now - last;
    last = now;
    fail(gap);
  }

  private static void fail(long gap) {
    if (gap > STILL.toNanos()) {
      throw new StoodStill(Duration.ofNanos(gap));
    }
  }
}
