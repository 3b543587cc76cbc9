package io.messina.connect.scylla.types;

import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;

/** time: nanoseconds since midnight. */
final class Times {

  private Times() {}

  static void register(Map<String, Codec> codecs) {
    codecs.put(
        "time",
        SimpleCodec.fixed(
            () -> SchemaBuilder.int64().name("io.debezium.time.NanoTime").version(1),
            ByteBuffer::getLong));
  }
}
