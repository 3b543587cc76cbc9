package io.messina.connect.scylla.look;

import io.messina.connect.scylla.cql.Window;
import java.util.Optional;

/**
 * How far one look goes at a time: one window while it keeps up, farther where it is behind and
 * rows are few.
 *
 * <p>A connector that was down for an hour has 12,000 windows of 300 ms to catch up; one by one
 * each costs a transaction.
 */
public final class Stride {

  private static final int FEW_ROWS = 5_000;
  private static final int MANY_ROWS = 10_000;
  private static final int TOO_MANY_ROWS = 20_000;
  private static final int FIRST_WINDOWS = 10;
  private static final long LONGEST = 3_600_000_000L;

  private final long shortest;
  private long longest;
  private boolean cut;

  /** A stride of at least so many microseconds. */
  public Stride(long shortest) {
    this.shortest = shortest;
    this.longest = shortest * FIRST_WINDOWS;
  }

  /** The next window, or nothing where less than the shortest lies before the limit. */
  public Optional<Window> next(long from, long limit) {
    if (limit - from < shortest) {
      cut = false;
      return Optional.empty();
    }
    return Optional.of(upTo(from, limit));
  }

  /** The window up to the limit, or as much of it as is read at a time. */
  public Window upTo(long from, long limit) {
    cut = limit - from > longest;
    return new Window(from, cut ? from + longest : limit);
  }

  /**
   * How many log rows a window may have: beyond it the window is to be read in parts, where it can
   * be.
   */
  public int limit(Window window) {
    return window.to() - window.from() > shortest ? TOO_MANY_ROWS : Integer.MAX_VALUE;
  }

  /** The last window had more log rows than its limit. */
  public void tooLong(Window window) {
    longest = Math.max(shortest, (window.to() - window.from()) / 4);
  }

  /** Takes note of how many log rows the last window had. */
  public void observe(int rows) {
    if (rows > MANY_ROWS) {
      longest = Math.max(shortest, longest / 2);
    } else if (cut && rows < FEW_ROWS) {
      longest = Math.min(LONGEST, longest * 2);
    }
  }
}
