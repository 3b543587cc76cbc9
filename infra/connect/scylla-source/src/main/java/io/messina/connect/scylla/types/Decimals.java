package io.messina.connect.scylla.types;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;

/**
 * decimal and varint: Debezium's VariableScaleDecimal, exact at any scale. In JSON a varint is a
 * number and a decimal the string that keeps its scale, as {@link BigDecimal#toString} has it.
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
    return new Struct(schema).put("scale", scale).put("value", unscaled(rest).toByteArray());
  }

  @Override
  public void json(ByteBuffer bytes, JsonGenerator out) throws IOException {
    ByteBuffer rest = bytes.slice();
    if (!rest.hasRemaining()) {
      out.writeNull();
    } else if (hasScale) {
      int scale = rest.getInt();
      out.writeString(new BigDecimal(unscaled(rest), scale).toString());
    } else {
      out.writeNumber(unscaled(rest));
    }
  }

  @Override
  public ByteBuffer parse(JsonNode json) {
    if (json.isNull()) {
      return null;
    }
    if (hasScale) {
      return SimpleCodec.parsing("a decimal, as in \"1.50\"", Decimals::decimal).apply(json);
    }
    if (!json.isIntegralNumber()) {
      throw CanonicalJson.refused(json, "a whole number");
    }
    return ByteBuffer.wrap(json.bigIntegerValue().toByteArray());
  }

  private static BigInteger unscaled(ByteBuffer bytes) {
    return new BigInteger(SimpleCodec.bytes(bytes));
  }

  private static ByteBuffer decimal(String text) {
    BigDecimal value = new BigDecimal(text);
    byte[] unscaled = value.unscaledValue().toByteArray();
    return ByteBuffer.allocate(Integer.BYTES + unscaled.length)
        .putInt(value.scale())
        .put(unscaled)
        .flip();
  }
}
