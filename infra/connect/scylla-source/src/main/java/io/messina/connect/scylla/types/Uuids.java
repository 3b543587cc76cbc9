package io.messina.connect.scylla.types;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.connect.data.SchemaBuilder;

/** uuid and timeuuid: Debezium's Uuid. */
final class Uuids {

  private static final int LENGTH = 36;

  private Uuids() {}

  static void register(Map<String, Codec> codecs) {
    Codec uuid =
        SimpleCodec.fixed(
            () -> SchemaBuilder.string().name("io.debezium.data.Uuid").version(1),
            Uuids::text,
            SimpleCodec.writing(Uuids::text),
            SimpleCodec.parsing("a UUID", Uuids::parse));
    codecs.put("uuid", uuid);
    codecs.put("timeuuid", uuid);
  }

  private static String text(ByteBuffer b) {
    return new UUID(b.getLong(), b.getLong()).toString();
  }

  private static ByteBuffer parse(String text) {
    if (text.length() != LENGTH) { // Java takes shorter ones too
      throw new IllegalArgumentException("no UUID");
    }
    UUID uuid = UUID.fromString(text);
    return ByteBuffer.allocate(16)
        .putLong(uuid.getMostSignificantBits())
        .putLong(uuid.getLeastSignificantBits())
        .flip();
  }
}
