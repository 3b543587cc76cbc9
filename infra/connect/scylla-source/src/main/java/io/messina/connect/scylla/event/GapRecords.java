package io.messina.connect.scylla.event;

import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.ring.Murmur3;
import io.messina.connect.scylla.ring.TokenRange;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.header.ConnectHeaders;

/** Writes gaps as Connect records, keyed by table and slice. */
public final class GapRecords {

  private static final Schema KEY =
      SchemaBuilder.struct()
          .name("io.messina.connect.scylla.GapKey")
          .field("keyspace", Schema.STRING_SCHEMA)
          .field("table", Schema.STRING_SCHEMA)
          .field("slice", Schema.INT32_SCHEMA)
          .build();

  private static final Schema BOUND =
      SchemaBuilder.struct()
          .name("io.messina.connect.scylla.GapBound")
          .field("key", Schema.STRING_SCHEMA)
          .field("inclusive", Schema.BOOLEAN_SCHEMA)
          .optional()
          .build();

  private static final Schema VALUE =
      SchemaBuilder.struct()
          .name("io.messina.connect.scylla.Gap")
          .field("id", Schema.STRING_SCHEMA)
          .field("keyspace", Schema.STRING_SCHEMA)
          .field("table", Schema.STRING_SCHEMA)
          .field("slice", Schema.INT32_SCHEMA)
          .field("kind", Schema.STRING_SCHEMA)
          .field("static", Schema.BOOLEAN_SCHEMA)
          .field("partition_key", Schema.OPTIONAL_STRING_SCHEMA)
          .field("from", BOUND)
          .field("to", BOUND)
          .field("from_token", Schema.OPTIONAL_INT64_SCHEMA)
          .field("to_token", Schema.OPTIONAL_INT64_SCHEMA)
          .field("from_us", Schema.OPTIONAL_INT64_SCHEMA)
          .field("to_us", Schema.OPTIONAL_INT64_SCHEMA)
          .field("write_ts_us", Schema.INT64_SCHEMA)
          .field("due_ts_us", Schema.INT64_SCHEMA)
          .field("reason", Schema.OPTIONAL_STRING_SCHEMA)
          .field("correlation_id", Schema.STRING_SCHEMA)
          .build();

  private final String topic;

  /** Gaps for a topic. */
  public GapRecords(String topic) {
    this.topic = topic;
  }

  /** The record of one gap. */
  public Draft draft(Gap gap) {
    TableId table = gap.slice().table();
    Struct key =
        new Struct(KEY)
            .put("keyspace", table.keyspace())
            .put("table", table.name())
            .put("slice", gap.slice().slice());
    String id = gap.id().toString();
    String correlation = gap.correlation().orElse(id);
    Struct value =
        new Struct(VALUE)
            .put("id", id)
            .put("keyspace", table.keyspace())
            .put("table", table.name())
            .put("slice", gap.slice().slice())
            .put("kind", gap.kind().name().toLowerCase(Locale.ROOT))
            .put("write_ts_us", gap.writeMicros())
            .put("due_ts_us", gap.dueMicros())
            .put("reason", gap.reason().orElse(null))
            .put("correlation_id", correlation);
    gap.lost().ifPresent(times -> value.put("from_us", times.from()).put("to_us", times.to()));
    place(value, gap);
    ConnectHeaders headers = new ConnectHeaders();
    headers.addString(EventRecords.CORRELATION_ID, correlation);
    headers.addString(
        EventRecords.TRACEPARENT,
        Trace.parent(correlation, gap.place().partitionKey(), gap.writeMicros()));
    return new Draft(gap.slice(), topic, null, key, value, false, headers);
  }

  private static void place(Struct value, Gap gap) {
    TableSchema table = gap.schema();
    Place place = gap.place();
    value.put("static", place.statics());
    place.tokens().ifPresent(range -> tokens(value, range));
    if (place.tokens().isEmpty()) {
      int clustering = table.partitionKey().size();
      try {
        value.put("partition_key", KeyJson.text(table, 0, place.partitionKey()));
        value.put("from", bound(table, clustering, place.from()));
        value.put("to", bound(table, clustering, place.to()));
      } catch (RuntimeException e) {
        long token = Murmur3.token(place.partitionKey());
        tokens(value, new TokenRange(token, token));
        value.put("reason", gap.reason().map(r -> r + "; ").orElse("") + "its key: " + e);
      }
    }
  }

  private static void tokens(Struct value, TokenRange range) {
    value.put("from_token", range.first()).put("to_token", range.last());
  }

  private static Struct bound(TableSchema table, int at, Optional<Place.Bound> bound) {
    List<ByteBuffer> prefix = bound.map(Place.Bound::prefix).orElse(List.of());
    return bound.isEmpty()
        ? null
        : new Struct(BOUND)
            .put("key", KeyJson.text(table, at, prefix))
            .put("inclusive", bound.get().inclusive());
  }
}
