package io.messina.connect.jdbc.avro;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;

/** Connect's value of an Avro value. */
final class ConnectValues {

  private ConnectValues() {}

  static Object of(Schema schema, Object avro) {
    if (avro == null) {
      return null;
    }
    if (schema.name() != null) {
      switch (schema.name()) {
        case Date.LOGICAL_NAME:
          return Date.toLogical(schema, (Integer) avro);
        case Time.LOGICAL_NAME:
          return Time.toLogical(schema, (Integer) avro);
        case Timestamp.LOGICAL_NAME:
          return Timestamp.toLogical(schema, (Long) avro);
        case Decimal.LOGICAL_NAME:
          return Decimal.toLogical(schema, bytes(avro));
        default:
          break;
      }
    }
    switch (schema.type()) {
      case STRUCT:
        GenericRecord record = (GenericRecord) avro;
        Struct struct = new Struct(schema);
        schema.fields().forEach(f -> struct.put(f, of(f.schema(), record.get(f.name()))));
        return struct;
      case INT8:
        return ((Integer) avro).byteValue();
      case INT16:
        return ((Integer) avro).shortValue();
      case STRING:
        return avro.toString();
      case BYTES:
        return bytes(avro);
      case ARRAY:
        List<Object> list = new ArrayList<>();
        ((Iterable<?>) avro).forEach(each -> list.add(of(schema.valueSchema(), each)));
        return list;
      case MAP:
        return avro instanceof Map<?, ?> texts ? map(schema, texts) : map(schema, (List<?>) avro);
      default:
        return avro;
    }
  }

  private static Map<Object, Object> map(Schema schema, Map<?, ?> avro) {
    Map<Object, Object> map = new LinkedHashMap<>();
    avro.forEach((key, value) -> map.put(key.toString(), of(schema.valueSchema(), value)));
    return map;
  }

  private static Map<Object, Object> map(Schema schema, List<?> avro) {
    Map<Object, Object> map = new LinkedHashMap<>();
    for (Object each : avro) {
      GenericRecord entry = (GenericRecord) each;
      map.put(
          of(schema.keySchema(), entry.get("key")), of(schema.valueSchema(), entry.get("value")));
    }
    return map;
  }

  private static byte[] bytes(Object avro) {
    if (avro instanceof GenericFixed fixed) {
      return fixed.bytes();
    }
    ByteBuffer buffer = ((ByteBuffer) avro).duplicate();
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
