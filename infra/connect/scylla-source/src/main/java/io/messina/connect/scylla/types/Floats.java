package io.messina.connect.scylla.types;

import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;

/** float and double, NaN and infinities included. */
final class Floats {

  private Floats() {}

  static void register(Map<String, Codec> codecs) {
    codecs.put("float", SimpleCodec.fixed(SchemaBuilder::float32, ByteBuffer::getFloat));
    codecs.put("double", SimpleCodec.fixed(SchemaBuilder::float64, ByteBuffer::getDouble));
  }
}
