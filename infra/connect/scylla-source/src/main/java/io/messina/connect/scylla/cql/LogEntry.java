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

  /** Whether all key columns are there, so that it speaks of one row. */
  public boolean namesOneRow() {
    return !key.contains(null);
  }
}
