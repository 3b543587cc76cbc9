package io.messina.connect.scylla.event;

import io.messina.connect.scylla.Version;
import io.messina.connect.scylla.cql.Column;
import io.messina.connect.scylla.cql.LogEntry;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.look.Request;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.header.ConnectHeaders;

/** Writes change events as Connect records: Debezium's envelope, and a tombstone after a delete. */
public final class EventRecords {

  /** The header with what an event is known by: the log's time, or the signal. */
  public static final String CORRELATION_ID = "messina.correlation_id";
  static final String TRACEPARENT = "traceparent";
  private static final String SIGNAL_ID = "messina.signal_id";

  private final String prefix;
  private final Masks masks;
  private final long maxRowBytes;
  private final Map<TableId, EventSchemas> schemas = new HashMap<>();

  /**
   * Events of a pipeline.
   *
   * @param prefix the pipeline's name, with which all its topics begin
   * @param masks what stands in the place of values that nobody may see
   * @param maxRowBytes how large a row is at most
   */
  public EventRecords(String prefix, Masks masks, long maxRowBytes) {
    this.prefix = prefix;
    this.masks = masks;
    this.maxRowBytes = maxRowBytes;
  }

  /** The topic of a table's events; of its static rows' where it is given {@code statics()}. */
  public static String topic(String prefix, TableId table) {
    return prefix + "." + table;
  }

  /** The records of one event. */
  public Draft draft(Event event) throws UnreadableException {
    if (event.row().size() > maxRowBytes) {
      throw new UnreadableException(
          "the row has "
              + event.row().size()
              + " bytes, more than the "
              + maxRowBytes
              + " of max.row.bytes");
    }
    RowKey.Kind kind = event.row().kind();
    EventSchemas schema = schemas(event.row().schema(), kind);
    Struct key = key(schema, event.request().key().parts());
    boolean exists = event.row().exists();
    Struct row = exists ? row(schema, event.row().values()) : gone(schema, key);
    return new Draft(
        event.slice(),
        topic(prefix, schema.name),
        event.slice().slice(),
        key,
        envelope(event, schema, exists, row),
        !exists,
        headers(event));
  }

  private EventSchemas schemas(TableSchema table, RowKey.Kind kind) {
    TableId name = EventSchemas.name(table, kind);
    EventSchemas known = schemas.get(name);
    if (known == null || !known.table.equals(table)) {
      known = new EventSchemas(prefix, table, kind, masks);
      schemas.put(name, known);
    }
    return known;
  }

  private static ConnectHeaders headers(Event event) {
    String correlation = event.correlation();
    ConnectHeaders headers = new ConnectHeaders();
    headers.addString(CORRELATION_ID, correlation);
    headers.addString(
        TRACEPARENT, Trace.parent(correlation, event.request().key().parts(), event.micros()));
    List<String> signals = event.request().signals();
    if (!signals.isEmpty()) {
      // One header for all: Debezium's sink fails for good on a record with a name twice.
      headers.addString(SIGNAL_ID, String.join(",", signals));
    }
    return headers;
  }

  private Struct envelope(Event event, EventSchemas schema, boolean exists, Struct row) {
    return new Struct(schema.envelope)
        .put("before", exists ? null : row)
        .put("after", exists ? row : null)
        .put("source", source(schema.name, event.micros(), event.request().newest()))
        .put("op", exists ? op(event.request()) : "d")
        .put("ts_ms", System.currentTimeMillis());
  }

  private static String op(Request request) {
    return request.newest().isEmpty() ? "r" : request.inserted() ? "c" : "u";
  }

  private Struct source(TableId table, long micros, Optional<LogEntry> newest) {
    return new Struct(EventSchemas.SOURCE)
        .put("version", Version.get())
        .put("connector", "messina-scylla")
        .put("name", prefix)
        .put("ts_ms", TimeUnit.MICROSECONDS.toMillis(micros))
        .put("snapshot", "false")
        .put("db", table.keyspace())
        .put("sequence", newest.map(entry -> entry.time().toString()).orElse(null))
        .put("ts_us", micros)
        .put("ts_ns", TimeUnit.MICROSECONDS.toNanos(micros))
        .put("keyspace_name", table.keyspace())
        .put("table_name", table.name());
  }

  private static Struct key(EventSchemas schema, List<ByteBuffer> parts)
      throws UnreadableException {
    Struct key = new Struct(schema.key);
    for (int i = 0; i < parts.size(); i++) {
      Field field = schema.key.fields().get(i);
      Object value = decode(schema, i, parts.get(i), field.schema());
      if (value == null) {
        throw new UnreadableException("column " + field.name() + ": a key without a value");
      }
      key.put(field, value);
    }
    return key;
  }

  private static Struct gone(EventSchemas schema, Struct key) {
    Struct gone = new Struct(schema.value);
    for (Field field : schema.key.fields()) {
      gone.put(field.name(), key.get(field));
    }
    return gone;
  }

  private static Struct row(EventSchemas schema, ByteBuffer[] values) throws UnreadableException {
    Struct row = new Struct(schema.value);
    for (int i = 0; i < values.length; i++) {
      if (values[i] != null) {
        Field field = schema.value.fields().get(i);
        row.put(field, decode(schema, i, values[i], field.schema()));
      }
    }
    return row;
  }

  private static Object decode(EventSchemas schema, int index, ByteBuffer bytes, Schema as)
      throws UnreadableException {
    try {
      return schema.codecs.get(index).decode(bytes, as);
    } catch (RuntimeException e) {
      Column column = schema.columns.get(index);
      throw new UnreadableException(
          "column "
              + column.name()
              + ": "
              + bytes.remaining()
              + " bytes are no "
              + column.type()
              + " ("
              + e
              + ")");
    }
  }
}
