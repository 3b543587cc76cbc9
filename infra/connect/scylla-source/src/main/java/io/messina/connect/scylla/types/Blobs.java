package io.messina.connect.scylla.types;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;

/** blob: bytes; {@code 0x…} in JSON. */
final class Blobs {

  private static final String PREFIX = "0x";

  private Blobs() {}

  static void register(Map<String, Codec> codecs) {
    codecs.put(
        "blob",
        new SimpleCodec(
            SchemaBuilder::bytes,
            SimpleCodec::bytes,
            SimpleCodec.writing(b -> PREFIX + HexFormat.of().formatHex(SimpleCodec.bytes(b))),
            SimpleCodec.parsing("a blob, as in \"0xcafe\"", Blobs::parse),
            true));
  }

  private static ByteBuffer parse(String text) {
    if (!text.startsWith(PREFIX)) {
      throw new IllegalArgumentException("no " + PREFIX);
    }
    return ByteBuffer.wrap(HexFormat.of().parseHex(text.substring(PREFIX.length())));
  }
}
