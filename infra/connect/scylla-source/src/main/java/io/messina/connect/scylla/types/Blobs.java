package io.messina.connect.scylla.types;

import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;

/** blob: bytes. */
final class Blobs {

  private Blobs() {}

  static void register(Map<String, Codec> codecs) {
    codecs.put("blob", SimpleCodec.variable(SchemaBuilder::bytes, SimpleCodec::bytes));
  }
}
