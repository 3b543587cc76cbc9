package io.messina.connect.scylla.types;

import java.nio.ByteBuffer;
import java.time.LocalTime;
import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * time: nanoseconds since midnight, cut to the microseconds that Postgres holds (it would round up
 * to the next day). JSON keeps them all: {@code 01:02:03.000000004}.
 */
final class Times {

  private static final long NANOS_PER_MICRO = 1_000;

  private Times() {}

  static void register(Map<String, Codec> codecs) {
    codecs.put(
        "time",
        SimpleCodec.fixed(
            () -> SchemaBuilder.int64().name("io.debezium.time.NanoTime").version(1),
            b -> b.getLong() / NANOS_PER_MICRO * NANOS_PER_MICRO,
            SimpleCodec.writing(Times::text),
            SimpleCodec.parsing(
                "a time of day, as in \"01:02:03.000000004\"",
                text ->
                    ByteBuffer.allocate(Long.BYTES)
                        .putLong(LocalTime.parse(text).toNanoOfDay())
                        .flip())));
  }

  private static String text(ByteBuffer b) {
    LocalTime time = LocalTime.ofNanoOfDay(b.getLong());
    return String.format(
        "%02d:%02d:%02d.%09d", time.getHour(), time.getMinute(), time.getSecond(), time.getNano());
  }
}
