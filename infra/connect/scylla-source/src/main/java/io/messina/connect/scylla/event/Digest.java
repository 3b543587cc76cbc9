package io.messina.connect.scylla.event;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.UUID;

/** SHA-256 over numbers, texts and keys: ids that are the same whenever the same is seen. */
final class Digest {

  private final MessageDigest digest;

  Digest() {
    digest = sha256();
  }

  /** SHA-256 of a text alone. */
  static byte[] of(String text) {
    return sha256().digest(text.getBytes(StandardCharsets.UTF_8));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  Digest add(long number) {
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
    return this;
  }

  Digest add(String text) {
    return add(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  Digest add(List<ByteBuffer> parts) {
    add(parts.size());
    parts.forEach(this::add);
    return this;
  }

  private Digest add(ByteBuffer bytes) {
    add(bytes.remaining());
    digest.update(bytes.duplicate());
    return this;
  }

  byte[] bytes() {
    return digest.digest();
  }

  /** The first half as a UUID of version 8, whose bits mean what their maker says. */
  UUID uuid() {
    ByteBuffer half = ByteBuffer.wrap(bytes());
    long high = half.getLong() & ~0xf000L | 0x8000L;
    long low = half.getLong() & 0x3fffffffffffffffL | Long.MIN_VALUE;
    return new UUID(high, low);
  }
}
