package io.messina.connect.jdbc.avro;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;

/** Connect's value of an Avro value. */
final class ConnectValues {

  private ConnectValues() {}

  static Object of(Schema schema, Object avro) {
    if (avro == null) {
      return null;
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
        Map<Object, Object> map = new LinkedHashMap<>();
        ((Map<?, ?>) avro).forEach((k, v) -> map.put(k.toString(), of(schema.valueSchema(), v)));
        return map;
      default:
        return avro;
    }
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
