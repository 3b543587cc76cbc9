package io.messina.connect.jdbc.avro;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.connect.data.SchemaAndValue;

/**
 * Avro in Confluent's wire format: a zero byte, the schema's id in four bytes, the record.
 *
 * <p>Each schema is asked for once. Not for several threads.
 */
public final class AvroDecoder {

  private static final int HEAD = 5;

  private final SchemaSource source;
  private final Map<Integer, Known> known = new HashMap<>();
  private BinaryDecoder reused;

  public AvroDecoder(SchemaSource source) {
    this.source = source;
  }

  /**
   * Decodes a record's key or value; null stays null.
   *
   * @throws UndecodableException if the bytes are no record of a schema that there is
   * @throws RegistryUnavailableException if the schema can't be had now
   */
  public SchemaAndValue decode(byte[] data) {
    if (data == null) {
      return SchemaAndValue.NULL;
    }
    if (data.length < HEAD || data[0] != 0) {
      throw new UndecodableException(
          data.length + " bytes that do not begin as Avro does in the registry's wire format");
    }
    int id = ByteBuffer.wrap(data, 1, Integer.BYTES).getInt();
    Known schema = known.get(id);
    if (schema == null) {
      schema = parsed(id, source.schema(id));
      known.put(id, schema);
    }
    try {
      reused = DecoderFactory.get().binaryDecoder(data, HEAD, data.length - HEAD, reused);
      Object value = schema.reader.read(null, reused);
      if (!reused.isEnd()) {
        throw new UndecodableException("bytes are left behind a record of schema " + id);
      }
      return new SchemaAndValue(schema.connect, ConnectValues.of(schema.connect, value));
    } catch (IOException | RuntimeException e) {
      if (e instanceof UndecodableException) {
        throw (UndecodableException) e;
      }
      throw new UndecodableException("the bytes do not follow schema " + id + ": " + e, e);
    }
  }

  private static Known parsed(int id, String json) {
    try {
      Schema avro = new Schema.Parser().parse(json);
      return new Known(ConnectSchemas.of(avro), new GenericDatumReader<>(avro, avro, data()));
    } catch (UndecodableException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new UndecodableException("schema " + id + " is no Avro schema: " + e.getMessage(), e);
    }
  }

  /** Without conversions of logical types: what a value means is Connect's business. */
  private static GenericData data() {
    return new GenericData();
  }

  private record Known(
      org.apache.kafka.connect.data.Schema connect, GenericDatumReader<Object> reader) {}
}
