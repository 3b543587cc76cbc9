package io.messina.connect.scylla.types;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;

/** boolean. */
final class Booleans {

  private Booleans() {}

  static void register(Map<String, Codec> codecs) {
    codecs.put(
        "boolean",
        SimpleCodec.fixed(
            SchemaBuilder::bool,
            b -> b.get() != 0,
            (b, out) -> out.writeBoolean(b.get() != 0),
            Booleans::parse));
  }

  private static ByteBuffer parse(JsonNode json) {
    if (!json.isBoolean()) {
      throw CanonicalJson.refused(json, "true or false");
    }
    return ByteBuffer.allocate(1).put((byte) (json.booleanValue() ? 1 : 0)).flip();
  }
}
