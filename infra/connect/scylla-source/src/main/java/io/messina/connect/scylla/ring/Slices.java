package io.messina.connect.scylla.ring;

import java.math.BigInteger;

/**
 * The token ring cut into equal slices: Kafka partition p of P holds slice p.
 *
 * <p>With u = token + 2^63, the slice is floor(u * P / 2^64).
 *
 * @param count how many slices there are, P
 */
public record Slices(int count) {

  private static final BigInteger RING = BigInteger.ONE.shiftLeft(64);

  /** Refuses a ring without slices. */
  public Slices {
    if (count < 1) {
      throw new IllegalArgumentException("slices must be 1 or more, got " + count);
    }
  }

  /** The slice that holds a token. */
  public int of(long token) {
    long unsigned = token ^ Long.MIN_VALUE;
    return (int) (Math.multiplyHigh(unsigned, count) + (unsigned >> 63 & count));
  }

  /** The tokens of a slice. */
  public TokenRange range(int slice) {
    long last = slice == count - 1 ? Long.MAX_VALUE : start(slice + 1) - 1;
    return new TokenRange(start(slice), last);
  }

  private long start(int slice) {
    BigInteger[] parts =
        RING.multiply(BigInteger.valueOf(slice)).divideAndRemainder(BigInteger.valueOf(count));
    BigInteger ceiling = parts[1].signum() == 0 ? parts[0] : parts[0].add(BigInteger.ONE);
    return ceiling.longValue() ^ Long.MIN_VALUE;
  }
}
