package io.messina.standin.cdc;

import java.util.ArrayList;
import java.util.List;
import org.apache.cassandra.db.Clustering;
import org.apache.cassandra.db.Slice;
import org.apache.cassandra.schema.ColumnMetadata;

/** One thing that a write does, at one timestamp and with one TTL: a delta row of the log. */
final class Change {

  /** The kinds of change, in the order in which the log has them within one timestamp. */
  enum Kind {
    STATIC,
    INSERT,
    UPDATE,
    ROW_DELETE,
    RANGE_DELETE,
    PARTITION_DELETE;

    boolean isUpsert() {
      return this == INSERT || this == UPDATE;
    }
  }

  private final Kind kind;
  private final long timestamp;
  private final int ttl;
  private final Clustering<?> clustering;
  private final Slice range;
  private final List<ColumnDelta> columns = new ArrayList<>();

  private Change(Kind kind, long timestamp, int ttl, Clustering<?> clustering, Slice range) {
    this.kind = kind;
    this.timestamp = timestamp;
    this.ttl = ttl;
    this.clustering = clustering;
    this.range = range;
  }

  static Change ofRow(Kind kind, long timestamp, int ttl, Clustering<?> clustering) {
    return new Change(kind, timestamp, ttl, clustering, null);
  }

  static Change ofRange(long timestamp, Slice range) {
    return new Change(Kind.RANGE_DELETE, timestamp, 0, null, range);
  }

  static Change ofPartition(long timestamp) {
    return new Change(Kind.PARTITION_DELETE, timestamp, 0, null, null);
  }

  Kind kind() {
    return kind;
  }

  long timestamp() {
    return timestamp;
  }

  /** Seconds after which what was written expires, or 0. */
  int ttl() {
    return ttl;
  }

  /** The row that is changed; null for ranges and partitions. */
  Clustering<?> clustering() {
    return clustering;
  }

  /** The rows that are deleted, where that is a range. */
  Slice range() {
    return range;
  }

  List<ColumnDelta> columns() {
    return columns;
  }

  /** Returns this change's delta of a column, which is begun if there is none yet. */
  ColumnDelta column(ColumnMetadata column) {
    int last = columns.size() - 1;
    if (last >= 0 && columns.get(last).column().equals(column)) {
      return columns.get(last);
    }
    ColumnDelta delta = new ColumnDelta(column);
    columns.add(delta);
    return delta;
  }
}
