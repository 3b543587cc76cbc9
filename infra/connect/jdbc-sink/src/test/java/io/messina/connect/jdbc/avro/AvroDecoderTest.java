package io.messina.connect.jdbc.avro;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.junit.jupiter.api.Test;

class AvroDecoderTest {

  private static final String ROW =
      """
      {"type": "record", "name": "Value", "namespace": "p.k.t", "connect.name": "p-1.k.t.Value",
       "fields": [
        {"name": "small", "type": {"type": "int", "connect.type": "int16"}},
        {"name": "tiny", "type": ["null", {"type": "int", "connect.type": "int8"}], "default": null},
        {"name": "when", "type": ["null", {"type": "int", "connect.version": 1,
          "connect.name": "io.debezium.time.Date"}], "default": null},
        {"name": "ip", "type": ["null", {"type": "string",
          "connect.parameters": {"__debezium.source.column.type": "INET"}}], "default": null},
        {"name": "raw", "type": ["null", "bytes"], "default": null},
        {"name": "list", "type": ["null", {"type": "array", "items": "long"}], "default": null},
        {"name": "map", "type": ["null", {"type": "map", "values": "double"}], "default": null}]}
      """;

  private int asked;
  private final AvroDecoder decoder =
      new AvroDecoder(
          id -> {
            asked++;
            if (id == 1) {
              return ROW;
            }
            throw new UndecodableException("no schema " + id);
          });

  private static byte[] encoded(Map<String, Object> values) throws IOException {
    Schema schema = new Schema.Parser().parse(ROW);
    GenericData.Record record = new GenericData.Record(schema);
    values.forEach(record::put);
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    output.write(new byte[] {0, 0, 0, 0, 1});
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(output, null);
    new GenericDatumWriter<>(schema).write(record, encoder);
    encoder.flush();
    return output.toByteArray();
  }

  /** Types, names, versions and parameters are as the source's converter was given them. */
  @Test
  void schemasComeBack() throws IOException {
    SchemaAndValue decoded = decoder.decode(encoded(Map.of("small", 7)));
    org.apache.kafka.connect.data.Schema schema = decoded.schema();
    assertEquals("p-1.k.t.Value", schema.name());
    assertEquals(
        org.apache.kafka.connect.data.Schema.Type.INT16, schema.field("small").schema().type());
    assertTrue(schema.field("tiny").schema().isOptional());
    assertEquals("io.debezium.time.Date", schema.field("when").schema().name());
    assertEquals(1, schema.field("when").schema().version());
    assertEquals(
        Map.of("__debezium.source.column.type", "INET"),
        schema.field("ip").schema().parameters());
  }

  /** Values have Connect's classes. */
  @Test
  void valuesComeBack() throws IOException {
    Struct row =
        (Struct)
            decoder
                .decode(
                    encoded(
                        Map.of(
                            "small", -7,
                            "tiny", 5,
                            "when", 3,
                            "ip", "::1",
                            "raw", ByteBuffer.wrap(new byte[] {1, 2}),
                            "list", List.of(1L, 2L),
                            "map", Map.of("a", 0.5))))
                .value();
    assertEquals((short) -7, row.get("small"));
    assertEquals((byte) 5, row.get("tiny"));
    assertEquals(3, row.get("when"));
    assertEquals("::1", row.get("ip"));
    assertArrayEquals(new byte[] {1, 2}, (byte[]) row.get("raw"));
    assertEquals(List.of(1L, 2L), row.get("list"));
    assertEquals(Map.of("a", 0.5), row.get("map"));
    row.validate();
  }

  /** A schema is asked for once, and is the same object each time. */
  @Test
  void schemasAreAskedForOnce() throws IOException {
    SchemaAndValue one = decoder.decode(encoded(Map.of("small", 1)));
    SchemaAndValue other = decoder.decode(encoded(Map.of("small", 2)));
    assertSame(one.schema(), other.schema());
    assertEquals(1, asked);
  }

  /** No value is no value. */
  @Test
  void nullStaysNull() {
    assertNull(decoder.decode(null).value());
    assertNull(decoder.decode(null).schema());
  }

  /** Bytes that are cut off, too long, of another format or an unknown schema are undecodable. */
  @Test
  void whatIsNoRecordIsRefused() throws IOException {
    byte[] whole = encoded(Map.of("small", 1, "ip", "10.0.0.1"));
    byte[] longer = Arrays.copyOf(whole, whole.length + 1);
    byte[] cut = Arrays.copyOf(whole, whole.length - 1);
    byte[] unknown = whole.clone();
    unknown[4] = 9;
    for (byte[] wrong :
        List.of(longer, cut, unknown, new byte[0], new byte[] {0, 0}, "{\"a\":1}".getBytes())) {
      assertThrows(UndecodableException.class, () -> decoder.decode(wrong));
    }
  }

  /** An outage of the registry is none of the record's faults, and the next try asks again. */
  @Test
  void anOutagePassesThrough() throws IOException {
    byte[] whole = encoded(Map.of("small", 1));
    boolean[] down = {true};
    AvroDecoder one =
        new AvroDecoder(
            id -> {
              if (down[0]) {
                throw new RegistryUnavailableException("down", null);
              }
              return ROW;
            });
    assertThrows(RegistryUnavailableException.class, () -> one.decode(whole));
    down[0] = false;
    assertEquals((short) 1, ((Struct) one.decode(whole).value()).get("small"));
  }
}
