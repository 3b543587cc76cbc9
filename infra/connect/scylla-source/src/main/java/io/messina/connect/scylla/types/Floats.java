package io.messina.connect.scylla.types;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * float and double, NaN and infinities included. JSON has no numbers for these two, and Postgres
 * none for the negative zero: they are strings there.
 */
final class Floats {

  private static final String NEGATIVE_ZERO = "-0.0";
  private static final Set<String> STRINGS = Set.of("NaN", "Infinity", "-Infinity", NEGATIVE_ZERO);

  private Floats() {}

  static void register(Map<String, Codec> codecs) {
    codecs.put(
        "float",
        SimpleCodec.fixed(
            SchemaBuilder::float32,
            ByteBuffer::getFloat,
            Floats::writeFloat,
            json -> ByteBuffer.allocate(Float.BYTES).putFloat(parseFloat(json)).flip()));
    codecs.put(
        "double",
        SimpleCodec.fixed(
            SchemaBuilder::float64,
            ByteBuffer::getDouble,
            Floats::writeDouble,
            json -> ByteBuffer.allocate(Double.BYTES).putDouble(parseDouble(json)).flip()));
  }

  private static void writeFloat(ByteBuffer bytes, JsonGenerator out) throws IOException {
    float value = bytes.getFloat();
    if (isString(value)) {
      out.writeString(Float.toString(value));
    } else {
      out.writeNumber(ShortestNumber.of(value));
    }
  }

  private static void writeDouble(ByteBuffer bytes, JsonGenerator out) throws IOException {
    double value = bytes.getDouble();
    if (isString(value)) {
      out.writeString(Double.toString(value));
    } else {
      out.writeNumber(ShortestNumber.of(value));
    }
  }

  private static boolean isString(double value) {
    return !Double.isFinite(value) || value == 0 && Double.doubleToRawLongBits(value) != 0;
  }

  private static float parseFloat(JsonNode json) {
    float value = Float.parseFloat(text(json));
    if (json.isNumber() && Float.isInfinite(value)) {
      throw CanonicalJson.refused(json, "a float");
    }
    return value;
  }

  private static double parseDouble(JsonNode json) {
    double value = Double.parseDouble(text(json));
    if (json.isNumber() && Double.isInfinite(value)) {
      throw CanonicalJson.refused(json, "a double");
    }
    return value;
  }

  private static String text(JsonNode json) {
    if (json.isNumber() && Double.isFinite(json.doubleValue())) {
      return json.decimalValue().toString();
    }
    if (!json.isTextual() || !STRINGS.contains(json.textValue())) {
      throw CanonicalJson.refused(json, "a number, NaN, Infinity, -Infinity or -0.0");
    }
    return json.textValue();
  }
}
