package io.messina.connect.scylla.types;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * timestamp: Debezium's ZonedTimestamp in UTC, which no session time zone can shift. In JSON always
 * with its three digits of milliseconds.
 */
final class Timestamps {

  private static final DateTimeFormatter TEXT = DateTimeFormatter.ISO_OFFSET_DATE_TIME;
  private static final DateTimeFormatter MILLIS =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE)
          .appendPattern("'T'HH:mm:ss.SSS'Z'")
          .toFormatter();
  private static final int NANOS_PER_MILLI = 1_000_000;

  private Timestamps() {}

  static void register(Map<String, Codec> codecs) {
    codecs.put(
        "timestamp",
        SimpleCodec.fixed(
            () -> SchemaBuilder.string().name("io.debezium.time.ZonedTimestamp").version(1),
            b -> TEXT.format(time(b)),
            SimpleCodec.writing(b -> MILLIS.format(time(b))),
            SimpleCodec.parsing(
                "a timestamp, as in \"2026-11-23T06:39:08.082Z\"", Timestamps::parse)));
  }

  private static OffsetDateTime time(ByteBuffer b) {
    return Instant.ofEpochMilli(b.getLong()).atOffset(ZoneOffset.UTC);
  }

  private static ByteBuffer parse(String text) {
    Instant time = OffsetDateTime.parse(text).toInstant();
    if (time.getNano() % NANOS_PER_MILLI != 0) {
      throw new IllegalArgumentException("finer than milliseconds");
    }
    return ByteBuffer.allocate(Long.BYTES).putLong(time.toEpochMilli()).flip();
  }
}
