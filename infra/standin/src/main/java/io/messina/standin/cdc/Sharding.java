package io.messina.standin.cdc;

/** ScyllaDB's rule for which of a node's shards owns a token. */
final class Sharding {

  private static final int IGNORED_BITS = 12;

  private Sharding() {}

  /** Returns the shard of a token, from 0 to {@code shards - 1}. */
  static int shardOf(long token, int shards) {
    long biased = token - Long.MIN_VALUE;
    return (int) multiplyHighUnsigned(biased << IGNORED_BITS, shards);
  }

  private static long multiplyHighUnsigned(long unsigned, int factor) {
    return Math.multiplyHigh(unsigned, factor) + (unsigned < 0 ? factor : 0);
  }
}
