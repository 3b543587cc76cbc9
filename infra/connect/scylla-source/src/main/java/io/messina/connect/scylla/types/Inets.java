package io.messina.connect.scylla.types;

import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;

/** inet: the address as RFC 5952 writes it, marked so that the sink makes an {@code inet} of it. */
final class Inets {

  private static final String SOURCE_TYPE = "__debezium.source.column.type";

  private Inets() {}

  static void register(Map<String, Codec> codecs) {
    codecs.put(
        "inet",
        SimpleCodec.fixed(
            () -> SchemaBuilder.string().parameter(SOURCE_TYPE, "INET"), Inets::text));
  }

  private static String text(ByteBuffer b) {
    return b.remaining() == 4 ? v4(b) : v6(b);
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
}
