package io.messina.connect.jdbc.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {

  /** Pauses are between nothing and a bound that doubles up to the longest. */
  @Test
  void pausesGrowWithFullJitter() {
    long[] most = new long[12];
    Random random = new Random(42);
    for (int run = 0; run < 2000; run++) {
      Backoff backoff = new Backoff(10_000, random);
      for (int i = 0; i < most.length; i++) {
        long pause = backoff.next();
        assertTrue(pause >= 1, "pause " + pause);
        most[i] = Math.max(most[i], pause);
      }
      assertEquals(most.length, backoff.failures());
    }
    for (int i = 0; i < most.length; i++) {
      long bound = Math.min(10_000, 200L << i);
      assertTrue(most[i] <= bound && most[i] > bound * 0.9, i + ": " + most[i] + " of " + bound);
    }
  }

  /** It begins anew when something went well, and never overflows. */
  @Test
  void itBeginsAnew() {
    Backoff backoff = new Backoff(10_000, new Random(1));
    for (int i = 0; i < 100_000; i++) {
      assertTrue(backoff.next() <= 10_000);
    }
    backoff.reset();
    assertTrue(backoff.next() <= 200);
  }
}
