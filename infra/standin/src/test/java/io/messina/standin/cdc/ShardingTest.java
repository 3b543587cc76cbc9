package io.messina.standin.cdc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ShardingTest {

  /** The shard is the position on the ring, without its 12 highest bits, in parts of the ring. */
  @Test
  void agreesWithExactArithmetic() {
    Random random = new Random(7);
    for (int i = 0; i < 10_000; i++) {
      long token = random.nextLong();
      int shards = 1 + random.nextInt(64);
      assertEquals(exact(token, shards), Sharding.shardOf(token, shards));
    }
  }

  /** The ring's first and last tokens belong to the first and last shard. */
  @Test
  void reachesAllShards() {
    assertEquals(0, Sharding.shardOf(Long.MIN_VALUE, 3));
    assertEquals(2, Sharding.shardOf(Long.MAX_VALUE, 3));
  }

  private static int exact(long token, int shards) {
    BigInteger modulus = BigInteger.ONE.shiftLeft(64);
    return BigInteger.valueOf(token)
        .add(BigInteger.ONE.shiftLeft(63))
        .shiftLeft(12)
        .mod(modulus)
        .multiply(BigInteger.valueOf(shards))
        .divide(modulus)
        .intValue();
  }
}
