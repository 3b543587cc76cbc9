package io.messina.standin.cdc;

import java.nio.ByteBuffer;

/**
 * The 16 bytes that name a stream: the token in the first eight, then 38 random bits, 22 bits vnode
 * index and 4 bits version.
 *
 * @param token a token that belongs to the stream
 * @param low the other eight bytes
 */
public record StreamId(long token, long low) {

  private static final int VERSION = 1;
  private static final int VERSION_BITS = 4;
  private static final int INDEX_BITS = 22;
  private static final int RANDOM_SHIFT = VERSION_BITS + INDEX_BITS;
  private static final int MAX_INDEX = (1 << INDEX_BITS) - 1;

  /** Makes the id of a stream of the vnode with the given index. */
  public static StreamId create(long token, int vnodeIndex, long random) {
    if (vnodeIndex < 0 || vnodeIndex > MAX_INDEX) {
      throw new IllegalArgumentException("no such vnode index: " + vnodeIndex);
    }
    long low = (random << RANDOM_SHIFT) | ((long) vnodeIndex << VERSION_BITS) | VERSION;
    return new StreamId(token, low);
  }

  /** Reads an id. */
  public static StreamId decode(ByteBuffer bytes) {
    int start = bytes.position();
    return new StreamId(bytes.getLong(start), bytes.getLong(start + Long.BYTES));
  }

  /** Returns the id's bytes. */
  public ByteBuffer encode() {
    ByteBuffer bytes = ByteBuffer.allocate(2 * Long.BYTES).putLong(token).putLong(low);
    bytes.flip();
    return bytes;
  }

  /** The index of the vnode that the stream belongs to. */
  public int vnodeIndex() {
    return (int) ((low >>> VERSION_BITS) & MAX_INDEX);
  }

  /** The version of the layout. */
  public int version() {
    return (int) (low & ((1 << VERSION_BITS) - 1));
  }
}
