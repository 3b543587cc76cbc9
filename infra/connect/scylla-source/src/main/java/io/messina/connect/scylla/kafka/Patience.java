package io.messina.connect.scylla.kafka;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits longer after each failure in a row, with jitter, and says so every ten seconds at most. */
final class Patience {

  private static final Logger LOG = LoggerFactory.getLogger(Patience.class);
  private static final long FIRST_MS = 200;
  private static final long LONGEST_MS = 5_000;
  private static final long SAY_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final String what;
  private int failures;
  private boolean said;
  private long saidAt;

  /**
   * Patience with one thing.
   *
   * @param what what is tried, for the messages
   */
  Patience(String what) {
    this.what = what;
  }

  /** It went well. */
  void succeeded() {
    if (failures > 0 && said) {
      LOG.info("{} works again, after {} failures", what, failures);
    }
    failures = 0;
    said = false;
  }

  /** It failed: says so where it is time, and waits. */
  void failed(String reason) throws InterruptedException {
    long now = System.nanoTime();
    failures++;
    if (!said || now - saidAt > SAY_NANOS) {
      said = true;
      saidAt = now;
      LOG.warn("{} failed ({} times now), trying again: {}", what, failures, reason);
    }
    long ceiling = Math.min(LONGEST_MS, FIRST_MS << Math.min(failures - 1, 10));
    Thread.sleep(ceiling / 2 + ThreadLocalRandom.current().nextLong(ceiling / 2 + 1));
  }
}
