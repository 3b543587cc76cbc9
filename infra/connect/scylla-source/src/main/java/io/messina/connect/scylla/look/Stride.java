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
  private static final long INDIVISIBLE = 1_000;

  private final long shortest;
  private long longest;
  private long last;
  private boolean cut;

  /** A stride of at least so many microseconds. */
  public Stride(long shortest) {
    this.shortest = shortest;
    this.longest = shortest * FIRST_WINDOWS;
  }

  /** The next window, or nothing where less than the shortest lies before the limit. */
  public Optional<Window> next(long from, long limit) {
    if (limit - from < Math.min(shortest, longest)) {
      rest();
      return Optional.empty();
    }
    return Optional.of(upTo(from, limit));
  }

  /** Nothing is seen with this look now, so there is nothing to divide, or to learn from. */
  public void rest() {
    cut = false;
    last = 0;
  }

  /** The window up to the limit, or as much of it as is read at a time. */
  public Window upTo(long from, long limit) {
    cut = limit - from > longest;
    last = cut ? longest : limit - from;
    return new Window(from, from + last);
  }

  /**
   * How many log rows a window may have: beyond it the window is to be read in parts, where it can
   * be.
   */
  public int limit(Window window) {
    return window.to() - window.from() > INDIVISIBLE ? TOO_MANY_ROWS : Integer.MAX_VALUE;
  }

  /**
   * The last window had more than can be held at once: makes the next one a quarter as long.
   *
   * @return whether there was a window that could be divided
   */
  public boolean shorten() {
    if (last <= INDIVISIBLE) {
      return false;
    }
    longest = Math.max(INDIVISIBLE, last / 4);
    return true;
  }

  /**
   * Takes note of the last window.
   *
   * @param rows how many log rows it had
   * @param full whether a longer one might not fit in memory
   */
  public void observe(int rows, boolean full) {
    if (rows > MANY_ROWS) {
      longest = Math.max(Math.min(shortest, longest), longest / 2);
    } else if (cut && rows < FEW_ROWS && !full) {
      longest = Math.min(LONGEST, longest * 2);
    }
  }
}
