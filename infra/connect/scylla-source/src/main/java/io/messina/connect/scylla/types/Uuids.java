package io.messina.connect.scylla.types;

import java.util.Map;
import java.util.UUID;
import org.apache.kafka.connect.data.SchemaBuilder;

/** uuid and timeuuid: Debezium's Uuid. */
final class Uuids {

  private Uuids() {}

  static void register(Map<String, Codec> codecs) {
    Codec uuid =
        SimpleCodec.fixed(
            () -> SchemaBuilder.string().name("io.debezium.data.Uuid").version(1),
            b -> new UUID(b.getLong(), b.getLong()).toString());
    codecs.put("uuid", uuid);
    codecs.put("timeuuid", uuid);
  }
}
