package io.messina.connect.scylla.types;

import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * time: nanoseconds since midnight, cut to the microseconds that Postgres holds (it would round up
 * to the next day).
 */
final class Times {

  private static final long NANOS_PER_MICRO = 1_000;

  private Times() {}

  static void register(Map<String, Codec> codecs) {
    codecs.put(
        "time",
        SimpleCodec.fixed(
            () -> SchemaBuilder.int64().name("io.debezium.time.NanoTime").version(1),
            b -> b.getLong() / NANOS_PER_MICRO * NANOS_PER_MICRO));
  }
}
