package io.messina.connect.scylla.event;

import io.messina.connect.scylla.cql.Column;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.types.Codec;
import java.util.List;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * The Connect schemas of a table's change events, Debezium's in shape.
 *
 * <p>Their names depend on the pipeline and the table only; when a column comes or goes the content
 * changes and the registry keeps it as the next version.
 */
final class EventSchemas {

  static final Schema SOURCE =
      SchemaBuilder.struct()
          .name("io.messina.connect.scylla.Source")
          .field("version", Schema.STRING_SCHEMA)
          .field("connector", Schema.STRING_SCHEMA)
          .field("name", Schema.STRING_SCHEMA)
          .field("ts_ms", Schema.INT64_SCHEMA)
          .field("snapshot", SchemaBuilder.string().optional().defaultValue("false").build())
          .field("db", Schema.STRING_SCHEMA)
          .field("sequence", Schema.OPTIONAL_STRING_SCHEMA)
          .field("ts_us", Schema.OPTIONAL_INT64_SCHEMA)
          .field("ts_ns", Schema.OPTIONAL_INT64_SCHEMA)
          .field("keyspace_name", Schema.STRING_SCHEMA)
          .field("table_name", Schema.STRING_SCHEMA)
          .build();

  private static final Schema TRANSACTION =
      SchemaBuilder.struct()
          .name("event.block")
          .version(1)
          .field("id", Schema.STRING_SCHEMA)
          .field("total_order", Schema.INT64_SCHEMA)
          .field("data_collection_order", Schema.INT64_SCHEMA)
          .optional()
          .build();

  final TableSchema table;
  final TableId name;
  final List<Column> columns;
  final List<Codec> codecs;
  final Schema key;
  final Schema value;
  final Schema envelope;

  EventSchemas(String prefix, TableSchema table, RowKey.Kind kind, Masks masks) {
    this.table = table;
    this.name = name(table, kind);
    this.columns = table.columns(kind);
    this.codecs = columns.stream().map(c -> masks.codec(table, c)).toList();
    String schemaName = avroName(prefix + "." + name);
    SchemaBuilder keys = SchemaBuilder.struct().name(schemaName + ".Key");
    SchemaBuilder values = SchemaBuilder.struct().name(schemaName + ".Value").optional();
    for (int i = 0; i < codecs.size(); i++) {
      Column column = columns.get(i);
      if (column.isKey()) {
        keys.field(column.name(), codecs.get(i).schema().build());
        values.field(column.name(), codecs.get(i).schema().build());
      } else {
        values.field(column.name(), codecs.get(i).schema().optional().build());
      }
    }
    this.key = keys.build();
    this.value = values.build();
    this.envelope =
        SchemaBuilder.struct()
            .name(schemaName + ".Envelope")
            .version(1)
            .field("before", value)
            .field("after", value)
            .field("source", SOURCE)
            .field("op", Schema.STRING_SCHEMA)
            .field("ts_ms", Schema.OPTIONAL_INT64_SCHEMA)
            .field("transaction", TRANSACTION)
            .build();
  }

  /** The name under which the rows, or the static rows, of a table go. */
  static TableId name(TableSchema table, RowKey.Kind kind) {
    return kind == RowKey.Kind.STATIC ? table.id().statics() : table.id();
  }

  /**
   * A name that Avro takes too: what is no letter, digit or underscore between the dots becomes an
   * underscore.
   */
  static String avroName(String name) {
    return name.replaceAll("[^A-Za-z0-9_.]", "_").replaceAll("(^|\\.)(?=[0-9])", "$1_");
  }
}
