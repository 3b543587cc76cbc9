package io.messina.connect.jdbc.avro;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;

/**
 * Connect's schema of an Avro schema, by the conventions of Confluent's and Apicurio's converters:
 * {@code connect.name}, {@code connect.version}, {@code connect.parameters}, {@code connect.type},
 * a union with null for what is optional, a list of entries for a map whose keys are no texts, and
 * Avro's logical types for Connect's dates, times and decimals.
 */
final class ConnectSchemas {

  private static final String NAME = "connect.name";
  private static final String VERSION = "connect.version";
  private static final String PARAMETERS = "connect.parameters";
  private static final String TYPE = "connect.type";
  private static final String INTERNAL = "connect.internal.type";
  private static final String ENTRY = "MapEntry";
  private static final String UNNAMED = "io.confluent.connect.avro.MapEntry";
  private static final String KEY = "key";
  private static final String VALUE = "value";

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
    Object name = avro.getObjectProp(NAME);
    Map<String, String> parameters = parameters(avro);
    SchemaBuilder logical = logical(avro, name, parameters);
    if (logical != null) {
      if (logical.parameters() != null) {
        logical.parameters().keySet().forEach(parameters::remove);
      }
      return parameters.isEmpty() ? logical : logical.parameters(parameters);
    }
    SchemaBuilder builder = bare(avro);
    if (name != null) {
      builder.name(name.toString());
    } else if (avro.getType() == Schema.Type.RECORD) {
      builder.name(avro.getFullName());
    }
    if (avro.getObjectProp(VERSION) instanceof Number version) {
      builder.version(version.intValue());
    }
    return parameters.isEmpty() ? builder : builder.parameters(parameters);
  }

  private static Map<String, String> parameters(Schema avro) {
    Map<String, String> texts = new LinkedHashMap<>();
    if (avro.getObjectProp(PARAMETERS) instanceof Map<?, ?> parameters) {
      parameters.forEach((key, value) -> texts.put(key.toString(), value.toString()));
    }
    return texts;
  }

  /**
   * One of Connect's logical types, whose values have classes of their own: by its name, or by
   * Avro's where it has none (another name, as Debezium's, is a plain value's).
   */
  private static SchemaBuilder logical(Schema avro, Object name, Map<String, String> parameters) {
    Object logical = name == null ? avro.getObjectProp("logicalType") : name;
    if (logical == null) {
      return null;
    }
    switch (avro.getType() + " " + logical) {
      case "INT " + Date.LOGICAL_NAME:
      case "INT date":
        return Date.builder();
      case "INT " + Time.LOGICAL_NAME:
      case "INT time-millis":
        return Time.builder();
      case "LONG " + Timestamp.LOGICAL_NAME:
      case "LONG timestamp-millis":
        return Timestamp.builder();
      case "BYTES " + Decimal.LOGICAL_NAME:
      case "BYTES decimal":
        return Decimal.builder(scale(avro, parameters));
      default:
        return null;
    }
  }

  private static int scale(Schema avro, Map<String, String> parameters) {
    String known = parameters.get(Decimal.SCALE_FIELD);
    Object own = avro.getObjectProp(Decimal.SCALE_FIELD);
    return known != null ? Integer.parseInt(known) : own instanceof Number it ? it.intValue() : 0;
  }

  private static boolean isEntry(Schema avro) {
    return avro.getType() == Schema.Type.RECORD
        && (ENTRY.equals(avro.getObjectProp(INTERNAL)) || UNNAMED.equals(avro.getFullName()));
  }

  private static Schema field(Schema record, String name) {
    Schema.Field field = record.getField(name);
    if (field == null) {
      throw new UndecodableException("an entry of a map without a " + name + ": " + record);
    }
    return field.schema();
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
        Schema element = avro.getElementType();
        return isEntry(element)
            ? SchemaBuilder.map(of(field(element, KEY)), of(field(element, VALUE)))
            : SchemaBuilder.array(of(element));
      case MAP:
        return SchemaBuilder.map(
            org.apache.kafka.connect.data.Schema.STRING_SCHEMA, of(avro.getValueType()));
      default:
        throw new UndecodableException("Connect has no type for Avro's " + avro.getType());
    }
  }
}
