package io.messina.connect.scylla.types;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;

/**
 * decimal and varint: Debezium's VariableScaleDecimal, exact at any scale.
 *
 * @param hasScale whether the scale stands before the unscaled value
 */
record Decimals(boolean hasScale) implements Codec {

  private static final String NAME = "io.debezium.data.VariableScaleDecimal";

  static void register(Map<String, Codec> codecs) {
    codecs.put("decimal", new Decimals(true));
    codecs.put("varint", new Decimals(false));
  }

  @Override
  public SchemaBuilder schema() {
    return SchemaBuilder.struct()
        .name(NAME)
        .version(1)
        .field("scale", Schema.INT32_SCHEMA)
        .field("value", Schema.BYTES_SCHEMA);
  }

  @Override
  public Object decode(ByteBuffer bytes, Schema schema) {
    if (!bytes.hasRemaining()) {
      return null;
    }
    ByteBuffer rest = bytes.slice();
    int scale = hasScale ? rest.getInt() : 0;
    byte[] minimal = new BigInteger(SimpleCodec.bytes(rest)).toByteArray();
    return new Struct(schema).put("scale", scale).put("value", minimal);
  }
}
