package io.messina.connect.scylla.round;

import io.messina.connect.scylla.cql.Window;
import io.messina.connect.scylla.offset.SliceOffset;
import java.util.OptionalLong;

/** Says which part of a table's log its own time to live has removed, or will in a moment. */
final class LostLog {

  /** What is about to go is given up too: it could go between this question and the read. */
  private static final long MARGIN = 10_000_000;

  private final long keptFrom;

  /**
   * The log at a moment.
   *
   * @param lifetime for how long it is kept; nothing for ever
   */
  LostLog(OptionalLong lifetime, long now) {
    this.keptFrom =
        lifetime.isEmpty()
            ? Long.MIN_VALUE
            : now - lifetime.getAsLong() + Math.min(MARGIN, lifetime.getAsLong() / 10);
  }

  /** Whether the log from a time on is not all there. */
  boolean isLost(long micros) {
    return micros < keptFrom;
  }

  /** What is gone of the log from a time on. */
  Window lost(long from) {
    return new Window(from, keptFrom);
  }

  /** The offset from which all is there. */
  SliceOffset behind(SliceOffset offset) {
    return offset.withTimes(Math.max(offset.fastUntil(), keptFrom), keptFrom);
  }
}
