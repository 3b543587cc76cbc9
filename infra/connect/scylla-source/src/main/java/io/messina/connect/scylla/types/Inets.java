package io.messina.connect.scylla.types;

import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;

/** inet: the address as RFC 5952 writes it, marked so that the sink makes an {@code inet} of it. */
final class Inets {

  private static final int V4_BYTES = 4;
  private static final int V6_BYTES = 16;
  private static final String SOURCE_TYPE = "__debezium.source.column.type";

  private Inets() {}

  static void register(Map<String, Codec> codecs) {
    codecs.put(
        "inet",
        SimpleCodec.fixed(
            () -> SchemaBuilder.string().parameter(SOURCE_TYPE, "INET"),
            Inets::text,
            SimpleCodec.writing(Inets::text),
            SimpleCodec.parsing("an address, as in \"10.0.0.1\" or \"::1\"", Inets::parse)));
  }

  private static String text(ByteBuffer b) {
    String text = b.remaining() == V4_BYTES ? v4(b) : v6(b);
    b.position(text.contains(":") ? V6_BYTES : V4_BYTES);
    return text;
  }

  private static String v4(ByteBuffer b) {
    return (b.get() & 0xff)
        + "."
        + (b.get() & 0xff)
        + "."
        + (b.get() & 0xff)
        + "."
        + (b.get() & 0xff);
  }

  private static String v6(ByteBuffer b) {
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = b.getShort(2 * i) & 0xffff;
    }
    boolean mapped = groups[5] == 0xffff && b.getLong(0) == 0 && groups[4] == 0;
    int hexGroups = mapped ? 6 : 8;
    int zerosFrom = -1;
    int zeros = 1;
    for (int i = 0; i < hexGroups; i++) {
      int end = i;
      while (end < hexGroups && groups[end] == 0) {
        end++;
      }
      if (end - i > zeros) {
        zerosFrom = i;
        zeros = end - i;
      }
      i = Math.max(i, end);
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < hexGroups; i++) {
      if (i == zerosFrom) {
        text.append("::");
        i += zeros - 1;
      } else {
        text.append(text.length() == 0 || text.charAt(text.length() - 1) == ':' ? "" : ":");
        text.append(Integer.toHexString(groups[i]));
      }
    }
    return mapped ? text + ":" + v4(b.position(12)) : text.toString();
  }

  /** The bytes as they are written: not the 4 that Java makes of an IPv4 address in IPv6. */
  private static ByteBuffer parse(String text) {
    if (!text.contains(":")) {
      return ByteBuffer.wrap(v4Bytes(text));
    }
    int lastColon = text.lastIndexOf(':');
    String hex = text;
    if (text.indexOf('.') >= 0) {
      ByteBuffer tail = ByteBuffer.wrap(v4Bytes(text.substring(lastColon + 1)));
      String lower = Integer.toHexString(tail.getShort() & 0xffff);
      String lowest = Integer.toHexString(tail.getShort() & 0xffff);
      hex = text.substring(0, lastColon + 1) + lower + ":" + lowest;
    }
    int gap = hex.indexOf("::");
    String[] left = groups(gap < 0 ? hex : hex.substring(0, gap));
    String[] right = groups(gap < 0 ? "" : hex.substring(gap + 2));
    int given = left.length + right.length;
    if (gap < 0 ? given != 8 : given > 7) {
      throw new IllegalArgumentException("not eight groups");
    }
    ByteBuffer bytes = ByteBuffer.allocate(V6_BYTES);
    for (String group : left) {
      bytes.putShort(group(group));
    }
    bytes.position(V6_BYTES - 2 * right.length);
    for (String group : right) {
      bytes.putShort(group(group));
    }
    return bytes.flip();
  }

  private static String[] groups(String hex) {
    return hex.isEmpty() ? new String[0] : hex.split(":", -1);
  }

  private static short group(String hex) {
    if (!hex.matches("[0-9a-fA-F]{1,4}")) {
      throw new IllegalArgumentException("no group");
    }
    return (short) Integer.parseInt(hex, 16);
  }

  private static byte[] v4Bytes(String text) {
    String[] parts = text.split("\\.", -1);
    byte[] bytes = new byte[V4_BYTES];
    for (int i = 0; i < 4; i++) {
      int part = Integer.parseInt(parts[i]);
      if (parts.length != 4 || part < 0 || part > 255) {
        throw new IllegalArgumentException("no byte");
      }
      bytes[i] = (byte) part;
    }
    return bytes;
  }
}
