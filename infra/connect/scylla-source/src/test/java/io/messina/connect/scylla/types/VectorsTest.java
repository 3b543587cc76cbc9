package io.messina.connect.scylla.types;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
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

  /** Whose JSON stands for other bytes too: a missing last part is a null one. */
  private static final Set<String> INEXACT = Set.of("tuple-short");

  /** A vector's bytes decode to the vector's Connect schema and value, and write its JSON. */
  @TestFactory
  Stream<DynamicTest> everyVectorIsMet() throws IOException {
    return each(
        "vectors",
        (vector, codec) -> {
          Schema schema = codec.schema().build();
          assertSchema(vector.get("connect"), schema);
          ByteBuffer bytes = bytes(vector.get("bytes"));
          assertValue(vector.get("connect_value"), codec.decode(bytes, schema));
          assertEquals(0, bytes.position());
        });
  }

  /** A scalar's literal, serialized by the driver, is the vector's bytes. */
  @TestFactory
  Stream<DynamicTest> theBytesAreThoseOfTheDriver() throws IOException {
    return each(
        "vectors",
        vector ->
            DRIVER_TYPES.containsKey(vector.get("cql_type").asText())
                && !vector.get("cql").asText().startsWith("blobAs"),
        (vector, codec) ->
            assertEquals(
                bytes(vector.get("bytes")),
                serialize(vector.get("cql_type").asText(), vector.get("cql").asText())));
  }

  /** A value's bytes write its JSON to the letter, and what was read of it writes it again. */
  @TestFactory
  Stream<DynamicTest> everyJsonIsWrittenAndRead() throws IOException {
    return each(
        "vectors",
        (vector, codec) -> {
          String json = vector.get("json").asText();
          assertEquals(json, CanonicalJson.text(codec, bytes(vector.get("bytes"))));
          ByteBuffer again = codec.parse(CanonicalJson.read(json));
          assertEquals(json, CanonicalJson.text(codec, again));
        });
  }

  /** The bytes of a scalar, of a frozen or a nested value come out of its JSON as they were. */
  @TestFactory
  Stream<DynamicTest> parsingIsTheInverse() throws IOException {
    return each(
        "vectors",
        vector -> !INEXACT.contains(vector.get("id").asText()),
        (vector, codec) ->
            assertEquals(
                bytes(vector.get("bytes")),
                codec.parse(CanonicalJson.read(vector.get("json").asText()))));
  }

  /** Bytes that no literal makes have their JSON too: CQL's "empty", fields not written. */
  @TestFactory
  Stream<DynamicTest> whatNoLiteralMakesIsWritten() throws IOException {
    return each(
        "wire",
        (vector, codec) ->
            assertEquals(
                vector.get("json").asText(),
                CanonicalJson.text(codec, bytes(vector.get("bytes")))));
  }

  /** Floats and doubles of all sizes are written with the digits that Python finds. */
  @Test
  void numbersAreThoseOfPython() throws IOException {
    for (JsonNode vector : vectors().get("shortest")) {
      Codec codec = Codecs.of(CqlType.parse(vector.get(0).asText())).orElseThrow();
      ByteBuffer bytes = bytes(vector.get(1));
      String json = vector.get(2).asText();
      assertEquals(json, CanonicalJson.text(codec, bytes));
      assertEquals(bytes, codec.parse(CanonicalJson.read(json)));
    }
  }

  /** Bytes that are no value of a type are refused. */
  @TestFactory
  Stream<DynamicTest> whatIsNoValueIsRefused() throws IOException {
    return each(
        "unreadable",
        (vector, codec) ->
            assertThrows(
                RuntimeException.class,
                () -> CanonicalJson.text(codec, bytes(vector.get("bytes")))));
  }

  /** JSON that is no value of a type is refused in words. */
  @TestFactory
  Stream<DynamicTest> jsonThatIsNoValueIsRefused() throws IOException {
    return each(
        "refused",
        (vector, codec) -> {
          IllegalArgumentException refused =
              assertThrows(
                  IllegalArgumentException.class,
                  () -> codec.parse(CanonicalJson.read(vector.get("json").asText())));
          assertTrue(refused.getMessage().startsWith("no"), refused.getMessage());
        });
  }

  /** Every scalar type that the connector carries has a vector. */
  @Test
  void everyScalarHasVector() throws IOException {
    List<String> covered = new ArrayList<>(List.of("varchar"));
    for (JsonNode vector : vectors().get("vectors")) {
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
    for (String type : new String[] {"int", "decimal", "list<int>", "map<int, int>"}) {
      Codec codec = Codecs.of(CqlType.parse(type)).orElseThrow();
      assertNull(codec.decode(ByteBuffer.allocate(0), codec.schema().optional().build()));
    }
  }

  private interface Check {
    void of(JsonNode vector, Codec codec);
  }

  private static Stream<DynamicTest> each(String block, Check check) throws IOException {
    return each(block, vector -> true, check);
  }

  private static Stream<DynamicTest> each(String block, Predicate<JsonNode> which, Check check)
      throws IOException {
    JsonNode file = vectors();
    UserTypes userTypes = VectorFiles.userTypes(file);
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode vector : file.get(block)) {
      if (which.test(vector)) {
        String name = vector.path("id").asText(vector.get("cql_type").asText() + tests.size());
        Codec codec =
            Codecs.of(CqlType.parse(vector.get("cql_type").asText()), userTypes).orElseThrow();
        tests.add(DynamicTest.dynamicTest(name, () -> check.of(vector, codec)));
      }
    }
    assertFalse(tests.isEmpty());
    return tests.stream();
  }

  private static void assertSchema(JsonNode expected, Schema schema) {
    assertEquals(expected.get("type").asText(), schema.type().name());
    assertEquals(
        expected.get("name").isNull() ? null : expected.get("name").asText(), schema.name());
    Map<?, ?> parameters = new ObjectMapper().convertValue(expected.get("parameters"), Map.class);
    assertEquals(parameters, schema.parameters() == null ? Map.of() : schema.parameters());
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

  /** The driver's own codecs write the bytes. */
  private static ByteBuffer serialize(String type, String literal) {
    switch (type) {
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

  private static ByteBuffer bytes(JsonNode hex) {
    return VectorFiles.bytes(hex);
  }

  private static JsonNode vectors() throws IOException {
    return VectorFiles.read("vectors.json");
  }
}
