package io.messina.connect.scylla.cql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.scylladb.cdc.model.worker.RawChange.OperationType;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogEntryTest {

  private static LogEntry entry(OperationType operation, String leg) {
    List<ByteBuffer> key = Arrays.asList(Tables.number(1), Tables.text(leg));
    return new LogEntry(key, 0, TimeUuids.lowest(0), operation, 0);
  }

  /** A range with bounds on both sides has whole keys in the log, yet its rows are not named. */
  @Test
  void boundsOfRangeChangedOthers() {
    for (OperationType operation : OperationType.values()) {
      assertEquals(
          operation.name().startsWith("ROW_RANGE_DELETE_"),
          entry(operation, "x").changedOthers(),
          operation.name());
    }
  }

  /** A partition that goes at once, and a range that is open on one side, change others. */
  @Test
  void partitionChangedOthers() {
    assertTrue(entry(OperationType.PARTITION_DELETE, null).changedOthers());
    assertTrue(
        entry(OperationType.ROW_RANGE_DELETE_EXCLUSIVE_RIGHT_BOUND, null).changedOthers());
  }
}
