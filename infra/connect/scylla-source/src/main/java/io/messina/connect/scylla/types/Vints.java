package io.messina.connect.scylla.types;

import java.nio.ByteBuffer;

/** CQL's integers of variable length: the leading ones of the first byte say how many follow. */
final class Vints {

  static final int MAX_BYTES = 9;

  private Vints() {}

  static long unsigned(ByteBuffer b) {
    int first = b.get() & 0xff;
    int extra = Integer.numberOfLeadingZeros(~(first << 24));
    long value = extra > 7 ? 0 : first & (0xff >> extra);
    for (int i = 0; i < extra; i++) {
      value = value << 8 | b.get() & 0xff;
    }
    return value;
  }

  /** A zigzag integer: the sign is the lowest bit. */
  static long signed(ByteBuffer b) {
    long value = unsigned(b);
    return value >>> 1 ^ -(value & 1);
  }

  static void putUnsigned(ByteBuffer b, long value) {
    int extra = extra(value);
    long first = extra > 7 ? 0 : value >>> 8 * extra;
    b.put((byte) (first | ~(0xff >> extra)));
    for (int i = extra - 1; i >= 0; i--) {
      b.put((byte) (value >>> 8 * i));
    }
  }

  static void putSigned(ByteBuffer b, long value) {
    putUnsigned(b, value << 1 ^ value >> 63);
  }

  static int size(long value) {
    return extra(value) + 1;
  }

  private static int extra(long value) {
    int bits = Long.SIZE - Long.numberOfLeadingZeros(value | 1);
    return bits > 56 ? 8 : (bits - 1) / 7;
  }
}
