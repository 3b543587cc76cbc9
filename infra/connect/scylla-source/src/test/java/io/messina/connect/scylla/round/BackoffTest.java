package io.messina.connect.scylla.round;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BackoffTest {

  /** The bound of the pause doubles with each failure, up to the longest. */
  @Test
  void boundsDouble() {
    Backoff most = new Backoff(5_000, below -> below - 1);
    assertEquals(100, most.pause(1));
    assertEquals(200, most.pause(2));
    assertEquals(3_200, most.pause(6));
    assertEquals(5_000, most.pause(7));
    assertEquals(5_000, most.pause(1_000_000));
  }

  /** The whole pause is random (full jitter), but never nothing. */
  @Test
  void pausesAreRandom() {
    assertEquals(10, new Backoff(5_000, below -> 0).pause(9));
    Backoff backoff = new Backoff(5_000);
    long[] pauses = java.util.stream.LongStream.range(0, 500).map(i -> backoff.pause(20)).toArray();
    assertTrue(java.util.Arrays.stream(pauses).allMatch(pause -> pause >= 10 && pause <= 5_000));
    assertTrue(java.util.Arrays.stream(pauses).anyMatch(pause -> pause < 1_000));
    assertTrue(java.util.Arrays.stream(pauses).anyMatch(pause -> pause > 4_000));
  }

  /** The longest pause may be shorter than the first. */
  @Test
  void shortBoundsHold() {
    assertEquals(50, new Backoff(50, below -> below - 1).pause(3));
  }
}
