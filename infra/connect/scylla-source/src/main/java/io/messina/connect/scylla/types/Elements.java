package io.messina.connect.scylla.types;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.List;

/** The parts of a value as the protocol has them: each behind its length, -1 for null. */
final class Elements {

  private Elements() {}

  /** The next part, or null; the buffer goes behind it. */
  static ByteBuffer next(ByteBuffer from) {
    int length = from.getInt();
    return length < 0 ? null : take(from, length);
  }

  /** The next bytes; the buffer goes behind them. */
  static ByteBuffer take(ByteBuffer from, int length) {
    if (length < 0 || length > from.remaining()) {
      throw new BufferUnderflowException();
    }
    ByteBuffer part = from.slice(from.position(), length);
    from.position(from.position() + length);
    return part;
  }

  /** The number of parts, which must fit into the bytes. */
  static int count(ByteBuffer from) {
    int count = from.getInt();
    if (count < 0 || count > from.remaining() / Integer.BYTES) {
      throw new BufferUnderflowException();
    }
    return count;
  }

  /** Refuses bytes behind the last part. */
  static void end(ByteBuffer from) {
    if (from.hasRemaining()) {
      throw new IllegalArgumentException(from.remaining() + " bytes too many");
    }
  }

  /** Parts that may be null, each behind its length, with their number in front or without. */
  static ByteBuffer join(List<ByteBuffer> parts, int count) {
    int size = count < 0 ? 0 : Integer.BYTES;
    for (ByteBuffer part : parts) {
      size += Integer.BYTES + (part == null ? 0 : part.remaining());
    }
    ByteBuffer joined = ByteBuffer.allocate(size);
    if (count >= 0) {
      joined.putInt(count);
    }
    for (ByteBuffer part : parts) {
      joined.putInt(part == null ? -1 : part.remaining());
      if (part != null) {
        joined.put(part.duplicate());
      }
    }
    return joined.flip();
  }
}
