package io.messina.connect.scylla.types;

import java.nio.ByteBuffer;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;

/** What the codecs of all types with parts have in common: Debezium's Json, with its text. */
abstract class JsonCodec implements Codec {

  private static final String NULL = "null";

  @Override
  public final SchemaBuilder schema() {
    return SchemaBuilder.string().name("io.debezium.data.Json").version(1);
  }

  @Override
  public final Object decode(ByteBuffer bytes, Schema schema) {
    String text = CanonicalJson.text(this, bytes);
    return text.equals(NULL) ? null : text;
  }
}
