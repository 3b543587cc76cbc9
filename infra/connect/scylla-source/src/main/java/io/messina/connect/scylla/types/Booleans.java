package io.messina.connect.scylla.types;

import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;

/** boolean. */
final class Booleans {

  private Booleans() {}

  static void register(Map<String, Codec> codecs) {
    codecs.put("boolean", SimpleCodec.fixed(SchemaBuilder::bool, b -> b.get() != 0));
  }
}
