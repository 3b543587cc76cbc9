package io.messina.connect.scylla.round;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits longer after each failure in a row, with jitter, and says so every ten seconds at most. */
final class Backoff {

  private static final Logger LOG = LoggerFactory.getLogger(Backoff.class);
  private static final long FIRST_MS = 100;
  private static final long LONGEST_MS = 5_000;
  private static final long SAY_NANOS = TimeUnit.SECONDS.toNanos(10);

  private int failures;
  private long since;
  private long said;

  /** It went well. */
  void succeeded() {
    if (failures > 0 && said != 0) {
      LOG.info(
          "The CQL server answers again, after {} failed attempts in {} ms",
          failures,
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since));
    }
    failures = 0;
    said = 0;
  }

  /** It failed: says so where it is time, and waits. */
  void failed(String what, Exception error) throws InterruptedException {
    long now = System.nanoTime();
    if (failures++ == 0) {
      since = now;
    }
    if (said == 0 || now - said > SAY_NANOS) {
      said = now;
      LOG.warn("{} failed ({} times now), trying again: {}", what, failures, error.toString());
    }
    long ceiling = Math.min(LONGEST_MS, FIRST_MS << Math.min(failures - 1, 10));
    Thread.sleep(ceiling / 2 + ThreadLocalRandom.current().nextLong(ceiling / 2 + 1));
  }

  /** How many failures in a row there were. */
  int failures() {
    return failures;
  }
}
