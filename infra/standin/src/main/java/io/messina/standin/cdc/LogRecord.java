package io.messina.standin.cdc;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.cassandra.db.ClusteringPrefix;
import org.apache.cassandra.db.Mutation;
import org.apache.cassandra.db.Slice;
import org.apache.cassandra.db.marshal.AbstractType;
import org.apache.cassandra.db.marshal.CompositeType;
import org.apache.cassandra.db.partitions.PartitionUpdate;
import org.apache.cassandra.db.rows.Cell;
import org.apache.cassandra.db.rows.Row;
import org.apache.cassandra.exceptions.InvalidRequestException;
import org.apache.cassandra.schema.ColumnMetadata;
import org.apache.cassandra.schema.TableMetadata;
import org.apache.cassandra.utils.ByteBufferUtil;
import org.apache.cassandra.utils.TimeUUID;

/** The log rows of one write at one timestamp: they share a stream and a {@code cdc$time}. */
final class LogRecord {

  private static final long VARIANT = 0x8000000000000000L;
  private static final long RANDOM_BITS = 0x3FFFFFFFFFFFFFFFL;

  private final TableMetadata base;
  private final TableMetadata log;
  private final CdcOptions options;
  private final ByteBuffer[] partitionKey;
  private final PartitionUpdate.SimpleBuilder builder;
  private final TimeUUID time;
  private int sequence;
  private Row.SimpleBuilder last;

  LogRecord(
      PartitionUpdate update,
      TableMetadata log,
      CdcOptions options,
      StreamId stream,
      long timestamp) {
    this.base = update.metadata();
    this.log = log;
    this.options = options;
    this.partitionKey = split(update);
    this.builder = PartitionUpdate.simpleBuilder(log, stream.encode()).timestamp(timestamp);
    if (options.ttl() > 0) {
      builder.ttl(options.ttl());
    }
    long random = ThreadLocalRandom.current().nextLong() & RANDOM_BITS;
    this.time = TimeUUID.atUnixMicrosWithLsb(timestamp, random | VARIANT);
  }

  /** Adds the row, or the two rows of a range, for a change. */
  void delta(Change change) {
    switch (change.kind()) {
      case STATIC, UPDATE -> columns(begin(Operation.UPDATE, change.clustering()), change);
      case INSERT -> columns(begin(Operation.INSERT, change.clustering()), change);
      case ROW_DELETE -> begin(Operation.ROW_DELETE, change.clustering());
      case RANGE_DELETE -> range(change.range());
      case PARTITION_DELETE -> begin(Operation.PARTITION_DELETE, null);
      default -> throw new AssertionError(change.kind());
    }
  }

  /** Adds an image of a row; the key is null for the static row. */
  void image(
      Operation operation,
      ClusteringPrefix<?> key,
      RowState state,
      Iterable<ColumnMetadata> columns) {
    Row.SimpleBuilder row = begin(operation, key);
    for (ColumnMetadata column : columns) {
      ByteBuffer value = state.value(column);
      if (value != null) {
        set(row, column.name.toString(), value);
      } else if (operation == Operation.PRE_IMAGE) {
        set(row, LogNames.deleted(column.name.toString()), true);
      }
    }
  }

  /** Marks the last row, and returns all of them. */
  Mutation finish() {
    last.add(LogNames.END_OF_BATCH, true);
    return builder.buildAsMutation();
  }

  private static ByteBuffer[] split(PartitionUpdate update) {
    ByteBuffer key = update.partitionKey().getKey();
    if (update.metadata().partitionKeyType instanceof CompositeType composite) {
      return composite.split(key);
    }
    return new ByteBuffer[] {key};
  }

  private Row.SimpleBuilder begin(Operation operation, ClusteringPrefix<?> key) {
    last = builder.row(time, sequence++);
    last.add(LogNames.OPERATION, operation.code());
    for (int i = 0; i < partitionKey.length; i++) {
      set(last, base.partitionKeyColumns().get(i).name.toString(), partitionKey[i].duplicate());
    }
    int depth = key == null ? 0 : key.size();
    for (int i = 0; i < depth; i++) {
      set(last, base.clusteringColumns().get(i).name.toString(), key.bufferAt(i));
    }
    return last;
  }

  private void range(Slice slice) {
    begin(
        slice.start().isInclusive()
            ? Operation.RANGE_DELETE_START_INCLUSIVE
            : Operation.RANGE_DELETE_START_EXCLUSIVE,
        slice.start());
    begin(
        slice.end().isInclusive()
            ? Operation.RANGE_DELETE_END_INCLUSIVE
            : Operation.RANGE_DELETE_END_EXCLUSIVE,
        slice.end());
  }

  private void columns(Row.SimpleBuilder row, Change change) {
    if (change.ttl() > 0) {
      row.add(LogNames.TTL, (long) change.ttl());
    }
    if (options.keysOnly()) {
      return;
    }
    for (ColumnDelta delta : change.columns()) {
      column(row, delta);
    }
  }

  private void column(Row.SimpleBuilder row, ColumnDelta delta) {
    String name = delta.column().name.toString();
    if (delta.wiped()) {
      set(row, LogNames.deleted(name), true);
    }
    if (!delta.dead().isEmpty()) {
      NavigableMap<ByteBuffer, ByteBuffer> dead = elements(delta, delta.dead());
      set(row, LogNames.deletedElements(name), CollectionBytes.keys(dead.keySet()));
    }
    if (delta.live().isEmpty()) {
      return;
    }
    if (delta.column().isComplex()) {
      NavigableMap<ByteBuffer, ByteBuffer> live = elements(delta, delta.live());
      set(row, name, CollectionBytes.value(delta.column().type, live));
    } else {
      set(row, name, delta.live().get(0).buffer());
    }
  }

  private static NavigableMap<ByteBuffer, ByteBuffer> elements(
      ColumnDelta delta, List<Cell<?>> cells) {
    AbstractType<?> order = CollectionBytes.keyType(delta.column().type);
    NavigableMap<ByteBuffer, ByteBuffer> elements = new TreeMap<>(order);
    cells.forEach(cell -> elements.put(cell.path().get(0), cell.buffer()));
    return elements;
  }

  private void set(Row.SimpleBuilder row, String column, Object value) {
    if (log.getColumn(ByteBufferUtil.bytes(column)) == null) {
      throw new InvalidRequestException(
          String.format(
              "CDC log schema for %s.%s does not have base column %s",
              log.keyspace, log.name, column));
    }
    row.add(column, value);
  }
}
