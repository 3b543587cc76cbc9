package io.messina.connect.jdbc.sink;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;

/** What columns are called in Postgres, where it is not as in the topic. */
final class Renames {

  private static final String BEFORE = "before";
  private static final String AFTER = "after";

  private final Map<String, Map<String, String>> byTopic = new HashMap<>();
  private final Map<String, Map<Schema, Schema>> made = new HashMap<>();

  /**
   * Reads a setting.
   *
   * @param text {@code topic:column:name,…}
   * @throws ConfigException if it is none
   */
  Renames(String text) {
    for (String one : text.isBlank() ? new String[0] : text.split(",")) {
      String[] parts = one.trim().split(":");
      if (parts.length != 3) {
        throw new ConfigException(SinkSettings.RENAMES, text, "is not topic:column:name,…");
      }
      byTopic.computeIfAbsent(parts[0], topic -> new HashMap<>()).put(parts[1], parts[2]);
    }
  }

  /** A key with the names that its columns have in Postgres. */
  Struct key(String topic, Struct key) {
    Map<String, String> names = byTopic.get(topic);
    return names == null || key == null ? key : row(topic, names, key);
  }

  /** An envelope, or a row alone, with the names that the columns have in Postgres. */
  Struct envelope(String topic, Struct envelope) {
    Map<String, String> names = byTopic.get(topic);
    if (names == null || envelope == null) {
      return envelope;
    }
    if (envelope.schema().fields().stream().noneMatch(Renames::isRow)) {
      return row(topic, names, envelope);
    }
    Schema schema = schemas(topic).computeIfAbsent(envelope.schema(), s -> ofEnvelope(s, names));
    Struct renamed = new Struct(schema);
    for (Field field : envelope.schema().fields()) {
      Object value = envelope.get(field);
      boolean row = isRow(field);
      if (row && value != null) {
        renamed.put(field.name(), filled(new Struct(schema.field(field.name()).schema()), names, (Struct) value));
      } else {
        renamed.put(field.name(), value);
      }
    }
    return renamed;
  }

  private Struct row(String topic, Map<String, String> names, Struct row) {
    Schema schema = schemas(topic).computeIfAbsent(row.schema(), s -> ofRow(s, names));
    return filled(new Struct(schema), names, row);
  }

  private static Struct filled(Struct renamed, Map<String, String> names, Struct row) {
    for (Field field : row.schema().fields()) {
      renamed.put(names.getOrDefault(field.name(), field.name()), row.get(field));
    }
    return renamed;
  }

  private Map<Schema, Schema> schemas(String topic) {
    return made.computeIfAbsent(topic, each -> new IdentityHashMap<>());
  }

  private static Schema ofEnvelope(Schema schema, Map<String, String> names) {
    SchemaBuilder builder = SchemaBuilder.struct().name(schema.name()).version(schema.version());
    for (Field field : schema.fields()) {
      builder.field(field.name(), isRow(field) ? ofRow(field.schema(), names) : field.schema());
    }
    return builder.build();
  }

  private static Schema ofRow(Schema schema, Map<String, String> names) {
    SchemaBuilder builder = SchemaBuilder.struct().name(schema.name()).version(schema.version());
    if (schema.isOptional()) {
      builder.optional();
    }
    for (Field field : schema.fields()) {
      builder.field(names.getOrDefault(field.name(), field.name()), field.schema());
    }
    return builder.build();
  }

  private static boolean isRow(Field field) {
    boolean named = field.name().equals(BEFORE) || field.name().equals(AFTER);
    return named && field.schema().type() == Schema.Type.STRUCT;
  }
}
