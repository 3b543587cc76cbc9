package io.messina.connect.scylla.ring;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * The token of a partition key, as Cassandra's and Scylla's Murmur3Partitioner compute it.
 *
 * <p>It differs from the published MurmurHash3 x64-128 where the tail's bytes are taken as signed.
 */
public final class Murmur3 {

  private static final long C1 = 0x87c37b91114253d5L;
  private static final long C2 = 0x4cf5ad432745937fL;

  private Murmur3() {}

  /** The token of a partition key given column by column. */
  public static long token(List<ByteBuffer> partitionKey) {
    return token(partitionKey.size() == 1 ? partitionKey.get(0) : composite(partitionKey));
  }

  /** The token of a serialized partition key. */
  public static long token(ByteBuffer key) {
    long hash = hash(key);
    return hash == Long.MIN_VALUE ? Long.MAX_VALUE : hash;
  }

  private static ByteBuffer composite(List<ByteBuffer> parts) {
    int size = parts.stream().mapToInt(part -> part.remaining() + 3).sum();
    ByteBuffer key = ByteBuffer.allocate(size);
    for (ByteBuffer part : parts) {
      key.putShort((short) part.remaining()).put(part.duplicate()).put((byte) 0);
    }
    return key.flip();
  }

  /** The first half of the 128 bits. */
  static long hash(ByteBuffer key) {
    ByteBuffer b = key.slice().order(java.nio.ByteOrder.LITTLE_ENDIAN);
    int length = b.remaining();
    int blocks = length >> 4;
    long h1 = 0;
    long h2 = 0;
    for (int i = 0; i < blocks; i++) {
      long k1 = b.getLong(i * 16);
      long k2 = b.getLong(i * 16 + 8);
      h1 ^= Long.rotateLeft(k1 * C1, 31) * C2;
      h1 = (Long.rotateLeft(h1, 27) + h2) * 5 + 0x52dce729;
      h2 ^= Long.rotateLeft(k2 * C2, 33) * C1;
      h2 = (Long.rotateLeft(h2, 31) + h1) * 5 + 0x38495ab5;
    }
    long k1 = 0;
    long k2 = 0;
    int tail = blocks * 16;
    for (int i = length - 1; i >= tail + 8; i--) {
      k2 ^= (long) b.get(i) << (8 * (i - tail - 8));
    }
    for (int i = Math.min(length, tail + 8) - 1; i >= tail; i--) {
      k1 ^= (long) b.get(i) << (8 * (i - tail));
    }
    h2 ^= Long.rotateLeft(k2 * C2, 33) * C1;
    h1 ^= Long.rotateLeft(k1 * C1, 31) * C2;
    h1 ^= length;
    h2 ^= length;
    h1 += h2;
    h2 += h1;
    h1 = mix(h1);
    h2 = mix(h2);
    return h1 + h2;
  }

  /** The 64-bit finalizer of MurmurHash3. */
  private static long mix(long value) {
    long k = (value ^ value >>> 33) * 0xff51afd7ed558ccdL;
    k = (k ^ k >>> 33) * 0xc4ceb9fe1a85ec53L;
    return k ^ k >>> 33;
  }
}
