package io.messina.connect.scylla.types;

import java.time.Instant;
import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;

/** timestamp: Debezium's ZonedTimestamp in UTC, which no session time zone can shift. */
final class Timestamps {

  private Timestamps() {}

  static void register(Map<String, Codec> codecs) {
    codecs.put(
        "timestamp",
        SimpleCodec.fixed(
            () -> SchemaBuilder.string().name("io.debezium.time.ZonedTimestamp").version(1),
            b -> Instant.ofEpochMilli(b.getLong()).toString()));
  }
}
