package io.messina.connect.jdbc.sink;

import java.util.Random;

/** Pauses that grow, with full jitter, so that tasks do not all come back at once. */
final class Backoff {

  private static final int FIRST_MS = 200;

  private final int maxMs;
  private final Random random;
  private int failures;

  Backoff(int maxMs, Random random) {
    this.maxMs = maxMs;
    this.random = random;
  }

  /** The next pause, in milliseconds: never none, as whoever asks would be asked at once. */
  long next() {
    long bound = Math.min(maxMs, (long) FIRST_MS << Math.min(failures, 20));
    failures++;
    return 1 + (long) (random.nextDouble() * bound);
  }

  /** How often it failed since it last went well. */
  int failures() {
    return failures;
  }

  /** It went well. */
  void reset() {
    failures = 0;
  }
}
