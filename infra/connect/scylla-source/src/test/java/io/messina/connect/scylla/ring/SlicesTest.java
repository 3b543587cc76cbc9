package io.messina.connect.scylla.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlicesTest {

  /** The slices follow one another without a hole and cover the ring. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 7, 12, 64, 1000, 4096})
  void slicesCoverTheRing(int count) {
    Slices slices = new Slices(count);
    assertEquals(Long.MIN_VALUE, slices.range(0).first());
    assertEquals(Long.MAX_VALUE, slices.range(count - 1).last());
    for (int slice = 0; slice < count; slice++) {
      TokenRange range = slices.range(slice);
      assertEquals(slice, slices.of(range.first()));
      assertEquals(slice, slices.of(range.last()));
      if (slice > 0) {
        assertEquals(slices.range(slice - 1).last() + 1, range.first());
      }
    }
  }

  /** A token's slice is floor((token + 2^63) * P / 2^64). */
  @Test
  void sliceIsProportional() {
    Random random = new Random(7);
    for (int i = 0; i < 10_000; i++) {
      long token = random.nextLong();
      int count = 1 + random.nextInt(4096);
      BigInteger unsigned = BigInteger.valueOf(token).add(BigInteger.ONE.shiftLeft(63));
      int expected = unsigned.multiply(BigInteger.valueOf(count)).shiftRight(64).intValue();
      assertEquals(expected, new Slices(count).of(token));
    }
  }

  /** Seven slices end where those of libs/scylla do, whose test has the same numbers. */
  @Test
  void slicesEndWhereThoseOfPythonDo() {
    long[] ends = {
      -6588122883467697006L,
      -3952873730080618204L,
      -1317624576693539402L,
      1317624576693539401L,
      3952873730080618203L,
      6588122883467697005L,
      Long.MAX_VALUE
    };
    for (int slice = 0; slice < ends.length; slice++) {
      assertEquals(ends[slice], new Slices(ends.length).range(slice).last());
    }
  }

  /** A ring without slices is refused. */
  @Test
  void noSlicesAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Slices(0));
  }

  /**
   * A slice meets the ranges of the ring that share a token with it, those that wrap among them.
   */
  @Test
  void rangesMeet() {
    TokenRange slice = new TokenRange(100, 199);
    assertTrue(slice.meets(50, 100));
    assertTrue(slice.meets(198, 500));
    assertTrue(slice.meets(0, 1000));
    assertTrue(slice.meets(150, 160));
    assertTrue(slice.meets(500, 100));
    assertTrue(slice.meets(150, 10));
    assertTrue(slice.meets(7, 7));
    assertFalse(slice.meets(50, 99));
    assertFalse(slice.meets(199, 500));
    assertFalse(slice.meets(199, 99));
  }
}
