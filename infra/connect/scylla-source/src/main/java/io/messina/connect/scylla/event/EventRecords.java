package io.messina.connect.scylla.event;

import io.messina.connect.scylla.Version;
import io.messina.connect.scylla.cql.Column;
import io.messina.connect.scylla.cql.LogEntry;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.offset.SliceOffset;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.source.SourceRecord;

/** Writes change events as Connect records: Debezium's envelope, and a tombstone after a delete. */
public final class EventRecords {

  private static final String CORRELATION_ID = "messina.correlation_id";

  private final String prefix;
  private final Map<TableId, EventSchemas> schemas = new HashMap<>();

  /** Events of a pipeline, whose name is the prefix of all its topics. */
  public EventRecords(String prefix) {
    this.prefix = prefix;
  }

  /** The topic of a table's events. */
  public static String topic(String prefix, TableId table) {
    return prefix + "." + table;
  }

  /**
   * The records of one event.
   *
   * @param before the offset for all but the last of them
   * @param after the offset for the last
   */
  public List<SourceRecord> records(Event event, SliceOffset before, SliceOffset after) {
    EventSchemas schema = schemas(event.row().schema());
    Struct key = key(schema, event.change().key().parts());
    if (event.row().exists()) {
      return List.of(
          record(
              event,
              after,
              schema,
              key,
              schema.envelope,
              envelope(event, schema, row(schema, event.row().values()), null)));
    }
    Struct gone = new Struct(schema.value);
    for (Field field : schema.key.fields()) {
      gone.put(field.name(), key.get(field));
    }
    return List.of(
        record(event, before, schema, key, schema.envelope, envelope(event, schema, null, gone)),
        record(event, after, schema, key, null, null));
  }

  private EventSchemas schemas(TableSchema table) {
    EventSchemas known = schemas.get(table.id());
    if (known == null || !known.table.equals(table)) {
      known = new EventSchemas(prefix, table);
      schemas.put(table.id(), known);
    }
    return known;
  }

  private SourceRecord record(
      Event event,
      SliceOffset offset,
      EventSchemas schema,
      Struct key,
      Schema valueSchema,
      Struct value) {
    ConnectHeaders headers = new ConnectHeaders();
    headers.addString(CORRELATION_ID, event.change().newest().time().toString());
    return new SourceRecord(
        event.slice().toMap(),
        offset.toMap(),
        topic(prefix, event.slice().table()),
        event.slice().slice(),
        schema.key,
        key,
        valueSchema,
        value,
        null,
        headers);
  }

  private Struct envelope(Event event, EventSchemas schema, Struct after, Struct before) {
    String op = after == null ? "d" : event.change().inserted() ? "c" : "u";
    return new Struct(schema.envelope)
        .put("before", before)
        .put("after", after)
        .put("source", source(event.slice().table(), event.change().newest()))
        .put("op", op)
        .put("ts_ms", System.currentTimeMillis());
  }

  private Struct source(TableId table, LogEntry newest) {
    long micros = newest.micros();
    return new Struct(EventSchemas.SOURCE)
        .put("version", Version.get())
        .put("connector", "messina-scylla")
        .put("name", prefix)
        .put("ts_ms", TimeUnit.MICROSECONDS.toMillis(micros))
        .put("snapshot", "false")
        .put("db", table.keyspace())
        .put("sequence", newest.time().toString())
        .put("ts_us", micros)
        .put("ts_ns", TimeUnit.MICROSECONDS.toNanos(micros))
        .put("keyspace_name", table.keyspace())
        .put("table_name", table.name());
  }

  private static Struct key(EventSchemas schema, List<ByteBuffer> parts) {
    Struct key = new Struct(schema.key);
    for (int i = 0; i < parts.size(); i++) {
      Field field = schema.key.fields().get(i);
      key.put(field, decode(schema, i, parts.get(i), field.schema()));
    }
    return key;
  }

  private static Struct row(EventSchemas schema, ByteBuffer[] values) {
    Struct row = new Struct(schema.value);
    for (int i = 0; i < values.length; i++) {
      if (values[i] != null) {
        Field field = schema.value.fields().get(i);
        row.put(field, decode(schema, i, values[i], field.schema()));
      }
    }
    return row;
  }

  private static Object decode(EventSchemas schema, int index, ByteBuffer bytes, Schema as) {
    try {
      return schema.codecs.get(index).decode(bytes, as);
    } catch (RuntimeException e) {
      Column column = schema.table.rowColumns().get(index);
      throw new ConnectException(
          "Table "
              + schema.table.id()
              + ", column "
              + column.name()
              + ": "
              + bytes.remaining()
              + " bytes are no "
              + column.type()
              + ". The offsets stay before this window; correct the row at the"
              + " source and restart the task.",
          e);
    }
  }
}
