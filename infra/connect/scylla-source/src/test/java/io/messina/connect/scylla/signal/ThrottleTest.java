package io.messina.connect.scylla.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ThrottleTest {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /** So many rows pass a second, however often one asks. */
  @Test
  void rateIsKept() {
    Throttle throttle = new Throttle(1_000, 0);
    int passed = 0;
    for (long at = 0; at < 10 * SECOND; at += SECOND / 7) {
      int free = throttle.free(at);
      throttle.passed(free);
      passed += free;
    }
    assertEquals(10_500, passed, 200);
  }

  /** After a pause no more than half a second's worth passes at once. */
  @Test
  void pausesAreNotMadeUpFor() {
    Throttle throttle = new Throttle(1_000, 0);
    assertEquals(500, throttle.free(3_600 * SECOND));
  }

  /** Even at one row a second, one row passes. */
  @Test
  void slowestRatePasses() {
    Throttle throttle = new Throttle(1, 0);
    assertEquals(1, throttle.free(0));
    throttle.passed(1);
    assertEquals(0, throttle.free(SECOND / 2));
    assertEquals(1, throttle.free(SECOND * 3));
  }
}
