package io.messina.connect.scylla.signal;

import java.util.concurrent.TimeUnit;

/**
 * Spreads what signals ask for over time: so many rows a second on average, half a second's worth
 * at once.
 */
final class Throttle {

  private static final double NANOS = TimeUnit.SECONDS.toNanos(1);

  private final double perSecond;
  private final double most;
  private double free;
  private long at;

  /** Lets so many rows pass a second. */
  Throttle(int perSecond, long nanoTime) {
    this.perSecond = perSecond;
    this.most = Math.max(1, perSecond / 2.0);
    this.free = most;
    this.at = nanoTime;
  }

  /** How many rows may pass now. */
  int free(long nanoTime) {
    free = Math.min(most, free + (nanoTime - at) / NANOS * perSecond);
    at = nanoTime;
    return (int) Math.max(0, free);
  }

  /** So many passed. */
  void passed(int rows) {
    free -= rows;
  }
}
