package io.messina.connect.scylla.cql;

import com.scylladb.cdc.model.worker.RawChange.OperationType;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;

/**
 * What one row of the CDC log says: which row changed, when and how, but not to what.
 *
 * @param key the serialized key columns; clustering columns may be null for ranges and partitions
 * @param token the token of the partition key
 * @param time the log row's {@code cdc$time}
 * @param operation what was done
 * @param ttl the write's time to live in seconds, 0 for none
 */
public record LogEntry(
    List<ByteBuffer> key, long token, UUID time, OperationType operation, long ttl) {

  /** The write time, in microseconds since 1970. */
  public long micros() {
    return TimeUuids.micros(time);
  }

  /** Whether it repeats a row's state and is no change of its own. */
  public boolean isImage() {
    return operation == OperationType.PRE_IMAGE || operation == OperationType.POST_IMAGE;
  }

  /** Whether all key columns are there, so that there is a row to read. */
  public boolean namesOneRow() {
    return !key.contains(null);
  }

  /** Whether it changed rows that it does not name: those of a partition, or between two bounds. */
  public boolean changedOthers() {
    return switch (operation) {
      case ROW_RANGE_DELETE_INCLUSIVE_LEFT_BOUND,
          ROW_RANGE_DELETE_EXCLUSIVE_LEFT_BOUND,
          ROW_RANGE_DELETE_INCLUSIVE_RIGHT_BOUND,
          ROW_RANGE_DELETE_EXCLUSIVE_RIGHT_BOUND ->
          true;
      default -> !namesOneRow();
    };
  }
}
