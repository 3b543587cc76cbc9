package io.messina.connect.scylla.types;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import shaded.com.scylladb.cdc.driver3.driver.core.CodecRegistry;
import shaded.com.scylladb.cdc.driver3.driver.core.DataType;
import shaded.com.scylladb.cdc.driver3.driver.core.ProtocolVersion;
import shaded.com.scylladb.cdc.driver3.driver.core.TypeCodec;

/** libs/types/vectors.json, which the Python side runs too. */
class VectorsTest {

  private static final Map<String, DataType> DRIVER_TYPES =
      Map.ofEntries(
          Map.entry("ascii", DataType.ascii()),
          Map.entry("text", DataType.text()),
          Map.entry("varchar", DataType.varchar()),
          Map.entry("tinyint", DataType.tinyint()),
          Map.entry("smallint", DataType.smallint()),
          Map.entry("int", DataType.cint()),
          Map.entry("bigint", DataType.bigint()),
          Map.entry("float", DataType.cfloat()),
          Map.entry("double", DataType.cdouble()),
          Map.entry("boolean", DataType.cboolean()),
          Map.entry("blob", DataType.blob()),
          Map.entry("decimal", DataType.decimal()),
          Map.entry("varint", DataType.varint()),
          Map.entry("uuid", DataType.uuid()),
          Map.entry("timeuuid", DataType.timeuuid()),
          Map.entry("timestamp", DataType.timestamp()),
          Map.entry("time", DataType.time()),
          Map.entry("inet", DataType.inet()),
          Map.entry("duration", DataType.duration()));

  /**
   * A vector's CQL literal, serialized by the driver, decodes to the vector's Connect schema and
   * value.
   */
  @TestFactory
  Stream<DynamicTest> everyVectorIsMet() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode vector : new ObjectMapper().readTree(vectors().toFile()).get("vectors")) {
      CqlType type = CqlType.parse(vector.get("cql_type").asText());
      if (Codecs.of(type).isPresent()) {
        tests.add(DynamicTest.dynamicTest(vector.get("id").asText(), () -> check(vector, type)));
      }
    }
    assertFalse(tests.isEmpty());
    return tests.stream();
  }

  /** Every scalar type that the connector carries has a vector. */
  @Test
  void everyScalarHasVector() throws IOException {
    List<String> covered = new ArrayList<>(List.of("varchar"));
    for (JsonNode vector : new ObjectMapper().readTree(vectors().toFile()).get("vectors")) {
      covered.add(vector.get("cql_type").asText());
    }
    Stream.concat(DRIVER_TYPES.keySet().stream(), Stream.of("date"))
        .forEach(
            type ->
                assertFalse(
                    !covered.contains(type) || Codecs.of(CqlType.parse(type)).isEmpty(), type));
  }

  /** CQL's "empty" value of a fixed-size type becomes null. */
  @Test
  void emptyIsNull() {
    Codec codec = Codecs.of(CqlType.parse("int")).orElseThrow();
    assertNull(codec.decode(ByteBuffer.allocate(0), codec.schema().optional().build()));
  }

  private static void check(JsonNode vector, CqlType type) {
    Codec codec = Codecs.of(type).orElseThrow();
    JsonNode expected = vector.get("connect");
    Schema schema = codec.schema().build();
    assertEquals(expected.get("type").asText(), schema.type().name());
    assertEquals(
        expected.get("name").isNull() ? null : expected.get("name").asText(), schema.name());
    Map<?, ?> parameters = new ObjectMapper().convertValue(expected.get("parameters"), Map.class);
    assertEquals(parameters, schema.parameters() == null ? Map.of() : schema.parameters());
    ByteBuffer bytes = serialize(type.name(), vector.get("cql").asText());
    int before = bytes.position();
    assertValue(vector.get("connect_value"), codec.decode(bytes, schema));
    assertEquals(before, bytes.position());
  }

  private static void assertValue(JsonNode expected, Object actual) {
    if (actual instanceof Struct decimal) {
      assertEquals(expected.get("scale").asInt(), decimal.getInt32("scale"));
      assertEquals(
          expected.get("value").asText(), HexFormat.of().formatHex(decimal.getBytes("value")));
    } else if (actual instanceof byte[] bytes) {
      assertEquals(expected.asText(), HexFormat.of().formatHex(bytes));
    } else if (actual instanceof Float number) {
      assertEquals(Float.valueOf(expected.asText()), number);
    } else if (actual instanceof Double number) {
      assertEquals(Double.valueOf(expected.asText()), number);
    } else if (actual instanceof Number number) {
      assertEquals(expected.asLong(), number.longValue());
    } else if (actual instanceof Boolean bool) {
      assertEquals(expected.asBoolean(), bool);
    } else {
      assertEquals(expected.asText(), actual);
    }
  }

  /** The driver's own codecs write the bytes, where they know the literal. */
  private static ByteBuffer serialize(String type, String literal) {
    switch (type) {
      case "date":
        long days = LocalDate.parse(literal.replace("'", "")).toEpochDay();
        return ByteBuffer.allocate(4).putInt((int) days ^ Integer.MIN_VALUE).flip();
      case "decimal":
        BigDecimal decimal = new BigDecimal(literal);
        byte[] unscaled = decimal.unscaledValue().toByteArray();
        return ByteBuffer.allocate(4 + unscaled.length)
            .putInt(decimal.scale())
            .put(unscaled)
            .flip();
      case "varint":
        return ByteBuffer.wrap(new BigInteger(literal).toByteArray());
      case "ascii":
      case "text":
      case "varchar":
        String text = literal.substring(1, literal.length() - 1).replace("''", "'");
        return driver(TypeCodec.varchar(), text);
      default:
        TypeCodec<Object> codec = CodecRegistry.DEFAULT_INSTANCE.codecFor(DRIVER_TYPES.get(type));
        return driver(codec, codec.parse(literal));
    }
  }

  private static <T> ByteBuffer driver(TypeCodec<T> codec, T value) {
    return codec.serialize(value, ProtocolVersion.V4);
  }

  private static Path vectors() {
    String root = System.getProperty("messina.root");
    Path folder = Path.of(root == null ? System.getProperty("user.dir") : root).toAbsolutePath();
    while (!Files.exists(folder.resolve("libs/types/vectors.json"))) {
      folder = folder.getParent();
    }
    return folder.resolve("libs/types/vectors.json");
  }
}
