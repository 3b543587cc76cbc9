package io.messina.connect.scylla.types;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;

/** timestamp: Debezium's ZonedTimestamp in UTC, which no session time zone can shift. */
final class Timestamps {

  private static final DateTimeFormatter TEXT = DateTimeFormatter.ISO_OFFSET_DATE_TIME;

  private Timestamps() {}

  static void register(Map<String, Codec> codecs) {
    codecs.put(
        "timestamp",
        SimpleCodec.fixed(
            () -> SchemaBuilder.string().name("io.debezium.time.ZonedTimestamp").version(1),
            b -> TEXT.format(Instant.ofEpochMilli(b.getLong()).atOffset(ZoneOffset.UTC))));
  }
}
