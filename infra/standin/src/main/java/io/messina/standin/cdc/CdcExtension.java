package io.messina.standin.cdc;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The bytes of {@code system_schema.tables.extensions['cdc']}: a map of strings, with every count
 * and length a little-endian int.
 */
public final class CdcExtension {

  /** The extension's name. */
  public static final String NAME = "cdc";

  private CdcExtension() {}

  /** Encodes a map, in its order. */
  public static ByteBuffer encode(Map<String, String> map) {
    int size = Integer.BYTES;
    for (Map.Entry<String, String> entry : map.entrySet()) {
      size += 2 * Integer.BYTES + utf8(entry.getKey()).length + utf8(entry.getValue()).length;
    }
    ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(map.size());
    for (Map.Entry<String, String> entry : map.entrySet()) {
      put(out, entry.getKey());
      put(out, entry.getValue());
    }
    out.flip();
    return out.order(ByteOrder.BIG_ENDIAN);
  }

  /** Decodes what {@link #encode} made. */
  public static Map<String, String> decode(ByteBuffer bytes) {
    ByteBuffer in = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    Map<String, String> map = new LinkedHashMap<>();
    for (int left = in.getInt(); left > 0; left--) {
      String key = get(in);
      map.put(key, get(in));
    }
    return map;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void put(ByteBuffer out, String text) {
    byte[] bytes = utf8(text);
    out.putInt(bytes.length).put(bytes);
  }

  private static String get(ByteBuffer in) {
    byte[] bytes = new byte[in.getInt()];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
