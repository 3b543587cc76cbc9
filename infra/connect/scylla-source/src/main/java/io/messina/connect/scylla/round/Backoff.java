package io.messina.connect.scylla.round;

import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongUnaryOperator;

/**
 * The pauses between tries: their bound doubles with each failure in a row, and each is random
 * below it, so that tasks that failed together do not come back together.
 */
final class Backoff {

  private static final long FIRST_MS = 100;
  private static final long SHORTEST_MS = 10;

  private final long longest;
  private final LongUnaryOperator random;

  /**
   * Pauses.
   *
   * @param longest no pause is longer, in milliseconds
   */
  Backoff(long longest) {
    this(longest, below -> ThreadLocalRandom.current().nextLong(below));
  }

  Backoff(long longest, LongUnaryOperator random) {
    this.longest = longest;
    this.random = random;
  }

  /** The pause after so many failures in a row, in milliseconds. */
  long pause(int failures) {
    long bound = FIRST_MS << Math.min(Math.max(failures - 1, 0), 30);
    long most = Math.max(SHORTEST_MS, Math.min(longest, bound));
    return SHORTEST_MS + random.applyAsLong(most - SHORTEST_MS + 1);
  }
}
