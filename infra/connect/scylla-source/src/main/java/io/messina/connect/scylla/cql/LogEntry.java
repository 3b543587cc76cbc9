package io.messina.connect.scylla.cql;

import com.scylladb.cdc.model.worker.RawChange.OperationType;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What one row of the CDC log says: which row changed, when and how, but not to what.
 *
 * @param key the serialized key columns; clustering columns are null for static rows and partitions,
 *     and for the part of a range's bound that is open
 * @param token the token of the partition key
 * @param time the log row's {@code cdc$time}
 * @param sequence the log row's place among those of this time
 * @param operation what was done
 * @param ttl the write's time to live in seconds, 0 for none
 */
public record LogEntry(
    List<ByteBuffer> key, long token, UUID time, int sequence, OperationType operation, long ttl) {

  /** The write time, in microseconds since 1970. */
  public long micros() {
    return TimeUuids.micros(time);
  }

  /** Whether it repeats a row's state and is no change of its own. */
  public boolean isImage() {
    return operation == OperationType.PRE_IMAGE || operation == OperationType.POST_IMAGE;
  }

  /** Whether it is where a deleted range of rows begins or ends. */
  public boolean isBound() {
    return isLeftBound()
        || operation == OperationType.ROW_RANGE_DELETE_INCLUSIVE_RIGHT_BOUND
        || operation == OperationType.ROW_RANGE_DELETE_EXCLUSIVE_RIGHT_BOUND;
  }

  /** Whether it is where a deleted range of rows begins. */
  public boolean isLeftBound() {
    return operation == OperationType.ROW_RANGE_DELETE_INCLUSIVE_LEFT_BOUND
        || operation == OperationType.ROW_RANGE_DELETE_EXCLUSIVE_LEFT_BOUND;
  }

  /** Whether a bound's own rows are deleted too. */
  public boolean isInclusive() {
    return operation == OperationType.ROW_RANGE_DELETE_INCLUSIVE_LEFT_BOUND
        || operation == OperationType.ROW_RANGE_DELETE_INCLUSIVE_RIGHT_BOUND;
  }

  /** Whether it changed rows that it does not name: those of a partition, or between two bounds. */
  public boolean changedOthers() {
    return isBound() || operation == OperationType.PARTITION_DELETE && key.contains(null);
  }

  /**
   * What can be read of what it changed: a row where all key columns are there, else the static row
   * of its partition. Nothing for the bounds of a range, whose columns may all be there too.
   */
  public Optional<RowKey> names(TableSchema table) {
    if (isImage() || isBound()) {
      return Optional.empty();
    }
    if (!key.contains(null)) {
      return Optional.of(new RowKey(key));
    }
    return table.hasStatics()
        ? Optional.of(RowKey.ofStatic(key.subList(0, table.partitionKey().size())))
        : Optional.empty();
  }

  /**
   * Whether it changed a row that it does not name any more: a RENAME of a key column empties that
   * column in the log rows of before. What could be a static row's change is taken for that.
   */
  public boolean hasLostKey(TableSchema table) {
    boolean row =
        operation == OperationType.ROW_INSERT
            || operation == OperationType.ROW_DELETE
            || operation == OperationType.ROW_UPDATE && !table.mayHaveStatics();
    return row && key.contains(null);
  }
}
