package io.messina.connect.scylla.cql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.scylladb.cdc.model.worker.RawChange.OperationType;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LogEntryTest {

  private static final TableSchema PLAIN = Tables.flights("a");
  private static final TableSchema STATICS = Tables.withStatics("s");

  private static LogEntry entry(OperationType operation, String leg) {
    List<ByteBuffer> key = Arrays.asList(Tables.number(1), Tables.text(leg));
    return new LogEntry(key, 0, TimeUuids.lowest(0), 0, operation, 0);
  }

  /** A range with bounds on both sides has whole keys in the log, yet its rows are not named. */
  @Test
  void boundsNameNoRow() {
    for (OperationType operation : OperationType.values()) {
      boolean bound = operation.name().startsWith("ROW_RANGE_DELETE_");
      assertEquals(bound, entry(operation, "x").isBound(), operation.name());
      assertEquals(
          bound || operation.name().endsWith("_IMAGE"),
          entry(operation, "x").names(STATICS).isEmpty(),
          operation.name());
    }
  }

  /** A bound knows its side, and whether its own rows go too. */
  @Test
  void boundKnowsItsSide() {
    LogEntry left = entry(OperationType.ROW_RANGE_DELETE_EXCLUSIVE_LEFT_BOUND, null);
    assertTrue(left.isLeftBound());
    assertFalse(left.isInclusive());
    LogEntry right = entry(OperationType.ROW_RANGE_DELETE_INCLUSIVE_RIGHT_BOUND, null);
    assertFalse(right.isLeftBound());
    assertTrue(right.isInclusive());
  }

  /** What has no clustering columns is the static row, where the table has statics; else nothing. */
  @Test
  void staticRowIsNamedByThePartition() {
    RowKey statics = RowKey.ofStatic(List.of(Tables.number(1)));
    for (OperationType operation :
        List.of(
            OperationType.ROW_INSERT, OperationType.ROW_UPDATE, OperationType.PARTITION_DELETE)) {
      assertEquals(Optional.of(statics), entry(operation, null).names(STATICS));
      assertEquals(Optional.empty(), entry(operation, null).names(PLAIN));
    }
    assertEquals(
        Optional.empty(),
        entry(OperationType.ROW_RANGE_DELETE_INCLUSIVE_LEFT_BOUND, null).names(STATICS));
  }

  /** The static row of a partition is no row, even where their keys have the same bytes. */
  @Test
  void staticIsNoRow() {
    List<ByteBuffer> key = List.of(Tables.number(1));
    assertNotEquals(new RowKey(key), RowKey.ofStatic(key));
    assertEquals(RowKey.ofStatic(key), RowKey.ofStatic(List.of(Tables.number(1))));
  }
}
