package io.messina.connect.jdbc.avro;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * Connect's schema of an Avro schema, by the conventions of Confluent's and Apicurio's converters:
 * {@code connect.name}, {@code connect.version}, {@code connect.parameters}, {@code connect.type},
 * and a union with null for what is optional.
 */
final class ConnectSchemas {

  private static final String NAME = "connect.name";
  private static final String VERSION = "connect.version";
  private static final String PARAMETERS = "connect.parameters";
  private static final String TYPE = "connect.type";

  private ConnectSchemas() {}

  /**
   * Returns Connect's schema.
   *
   * @throws UndecodableException if Avro has what Connect has not, such as a union of two types
   */
  static org.apache.kafka.connect.data.Schema of(Schema avro) {
    if (avro.getType() != Schema.Type.UNION) {
      return builder(avro).build();
    }
    return builder(valueOf(avro)).optional().build();
  }

  /** The type of a union with null, or the schema itself. */
  static Schema valueOf(Schema avro) {
    if (avro.getType() != Schema.Type.UNION) {
      return avro;
    }
    List<Schema> types =
        avro.getTypes().stream().filter(each -> each.getType() != Schema.Type.NULL).toList();
    if (types.size() != 1 || types.size() == avro.getTypes().size()) {
      throw new UndecodableException("a union of other than one type and null: " + avro);
    }
    return types.get(0);
  }

  private static SchemaBuilder builder(Schema avro) {
    SchemaBuilder builder = bare(avro);
    Object name = avro.getObjectProp(NAME);
    if (name != null) {
      builder.name(name.toString());
    } else if (avro.getType() == Schema.Type.RECORD) {
      builder.name(avro.getFullName());
    }
    if (avro.getObjectProp(VERSION) instanceof Number version) {
      builder.version(version.intValue());
    }
    if (avro.getObjectProp(PARAMETERS) instanceof Map<?, ?> parameters) {
      Map<String, String> texts = new LinkedHashMap<>();
      parameters.forEach((key, value) -> texts.put(key.toString(), value.toString()));
      builder.parameters(texts);
    }
    return builder;
  }

  private static SchemaBuilder bare(Schema avro) {
    switch (avro.getType()) {
      case RECORD:
        SchemaBuilder struct = SchemaBuilder.struct();
        avro.getFields().forEach(field -> struct.field(field.name(), of(field.schema())));
        return struct;
      case INT:
        Object type = avro.getObjectProp(TYPE);
        if ("int8".equals(type)) {
          return SchemaBuilder.int8();
        }
        return "int16".equals(type) ? SchemaBuilder.int16() : SchemaBuilder.int32();
      case LONG:
        return SchemaBuilder.int64();
      case FLOAT:
        return SchemaBuilder.float32();
      case DOUBLE:
        return SchemaBuilder.float64();
      case BOOLEAN:
        return SchemaBuilder.bool();
      case STRING:
      case ENUM:
        return SchemaBuilder.string();
      case BYTES:
      case FIXED:
        return SchemaBuilder.bytes();
      case ARRAY:
        return SchemaBuilder.array(of(avro.getElementType()));
      case MAP:
        return SchemaBuilder.map(
            org.apache.kafka.connect.data.Schema.STRING_SCHEMA, of(avro.getValueType()));
      default:
        throw new UndecodableException("Connect has no type for Avro's " + avro.getType());
    }
  }
}
