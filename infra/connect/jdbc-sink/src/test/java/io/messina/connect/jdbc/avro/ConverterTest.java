package io.messina.connect.jdbc.avro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.apicurio.registry.utils.converter.avro.AvroData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the converter of a source has written, whichever source that is, comes back as it was. */
class ConverterTest {

  private static final Date DAY = new Date(86_400_000L * 19_000);
  private static final Date MOMENT = new Date(1_700_000_000_123L);

  private final AvroData converter = new AvroData(10);

  private static Stream<Arguments> values() {
    return Stream.of(
        Arguments.of(Schema.INT8_SCHEMA, (byte) -5),
        Arguments.of(Schema.INT16_SCHEMA, (short) -500),
        Arguments.of(Schema.INT32_SCHEMA, 7),
        Arguments.of(Schema.INT64_SCHEMA, Long.MIN_VALUE),
        Arguments.of(Schema.FLOAT32_SCHEMA, 0.5f),
        Arguments.of(Schema.FLOAT64_SCHEMA, -0.0),
        Arguments.of(Schema.BOOLEAN_SCHEMA, true),
        Arguments.of(Schema.STRING_SCHEMA, "é"),
        Arguments.of(Schema.BYTES_SCHEMA, ByteBuffer.wrap(new byte[] {0, -1})),
        Arguments.of(org.apache.kafka.connect.data.Date.SCHEMA, DAY),
        Arguments.of(Time.SCHEMA, new Date(86_399_999)),
        Arguments.of(Timestamp.SCHEMA, MOMENT),
        Arguments.of(Timestamp.SCHEMA, new Date(-62_135_596_800_000L)),
        Arguments.of(Decimal.schema(0), new BigDecimal("123456789012345678901234567890")),
        Arguments.of(Decimal.schema(2), new BigDecimal("-12.34")),
        Arguments.of(Decimal.schema(-3), new BigDecimal("5E+3")),
        Arguments.of(
            SchemaBuilder.int64().name("io.debezium.time.MicroTimestamp").version(1).build(), 1L),
        Arguments.of(SchemaBuilder.array(Timestamp.SCHEMA).build(), List.of(MOMENT)),
        Arguments.of(
            SchemaBuilder.map(Schema.STRING_SCHEMA, Decimal.schema(1)).build(),
            Map.of("a", new BigDecimal("0.5"))),
        Arguments.of(
            SchemaBuilder.map(Schema.INT32_SCHEMA, Schema.STRING_SCHEMA).build(), Map.of(1, "a")),
        Arguments.of(
            SchemaBuilder.map(Schema.OPTIONAL_STRING_SCHEMA, Schema.OPTIONAL_INT64_SCHEMA).build(),
            Map.of("a", 1L)),
        Arguments.of(
            SchemaBuilder.map(org.apache.kafka.connect.data.Date.SCHEMA, Schema.BOOLEAN_SCHEMA)
                .build(),
            Map.of(DAY, false)));
  }

  @ParameterizedTest
  @MethodSource("values")
  void aFieldComesBack(Schema field, Object value) throws IOException {
    Schema schema = row(field);
    Struct before = new Struct(schema).put("field", value);
    SchemaAndValue after = decoded(before);
    Schema told = converter.toConnectSchema(converter.fromConnectSchema(schema));
    assertEquals(told.field("field").schema(), after.schema().field("field").schema());
    Struct struct = (Struct) after.value();
    struct.validate();
    Object found = struct.get("field");
    assertEquals(value, found instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : found);
  }

  @ParameterizedTest
  @MethodSource("values")
  void soDoesOneThatMayBeMissing(Schema field, Object value) throws IOException {
    Schema optional = optional(field);
    for (Object each : new Object[] {value, null}) {
      Struct struct = (Struct) decoded(new Struct(row(optional)).put("field", each)).value();
      struct.validate();
      Object found = struct.get("field");
      assertEquals(each, found instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : found);
    }
  }

  /** Avro's own logical types, which a producer other than Connect writes. */
  @Test
  void avrosLogicalTypesAreConnects() {
    Schema schema =
        ConnectSchemas.of(
            new org.apache.avro.Schema.Parser()
                .parse(
                    """
                    {"type": "record", "name": "Row", "fields": [
                     {"name": "day", "type": {"type": "int", "logicalType": "date"}},
                     {"name": "time", "type": {"type": "int", "logicalType": "time-millis"}},
                     {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
                     {"name": "micros", "type": {"type": "long", "logicalType": "timestamp-micros"}},
                     {"name": "price", "type":
                      {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}}]}
                    """));
    List<Schema> fields = new ArrayList<>();
    schema.fields().forEach(each -> fields.add(each.schema()));
    assertEquals(
        List.of(
            org.apache.kafka.connect.data.Date.SCHEMA,
            Time.SCHEMA,
            Timestamp.SCHEMA,
            Schema.INT64_SCHEMA,
            Decimal.schema(2)),
        fields);
  }

  /** A list that says it is a map's, and is none. */
  @Test
  void anEntryWithoutKeyIsRefused() {
    org.apache.avro.Schema wrong =
        new org.apache.avro.Schema.Parser()
            .parse(
                """
                {"type": "array", "items": {"type": "record", "name": "E",
                 "connect.internal.type": "MapEntry", "fields": [{"name": "value", "type": "int"}]}}
                """);
    assertThrows(UndecodableException.class, () -> ConnectSchemas.of(wrong));
  }

  private static Schema row(Schema field) {
    return SchemaBuilder.struct().name("p.k.t.Value").field("field", field).build();
  }

  private static Schema optional(Schema field) {
    SchemaBuilder builder =
        switch (field.type()) {
          case ARRAY -> SchemaBuilder.array(field.valueSchema());
          case MAP -> SchemaBuilder.map(field.keySchema(), field.valueSchema());
          default -> SchemaBuilder.type(field.type());
        };
    if (field.name() != null) {
      builder.name(field.name()).version(field.version());
    }
    if (field.parameters() != null) {
      builder.parameters(field.parameters());
    }
    return builder.optional().build();
  }

  private SchemaAndValue decoded(Struct struct) throws IOException {
    org.apache.avro.Schema schema = converter.fromConnectSchema(struct.schema());
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    output.write(new byte[] {0, 0, 0, 0, 1});
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(output, null);
    Object avro = converter.fromConnectData(struct.schema(), struct);
    new GenericDatumWriter<>(schema).write(avro, encoder);
    encoder.flush();
    return new AvroDecoder(id -> schema.toString()).decode(output.toByteArray());
  }
}
