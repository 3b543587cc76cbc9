package io.messina.standin.cdc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.cassandra.schema.ColumnMetadata;
import org.apache.cassandra.schema.TableMetadata;
import org.apache.cassandra.utils.ByteBufferUtil;
import org.junit.jupiter.api.Test;

class LogSchemaTest {

  private static final CdcOptions ON = CdcOptions.parse(Map.of("enabled", "true"));

  private final TableMetadata base =
      TestTables.parse(
          "CREATE TABLE t (p int, c text, s int static, v bigint, l list<int>, m map<text, int>,"
              + " n set<uuid>, f frozen<list<int>>, PRIMARY KEY (p, c))"
              + " WITH CLUSTERING ORDER BY (c DESC)");

  /** The log is named after its table and keyed by stream, time and number. */
  @Test
  void hasScyllaKey() {
    TableMetadata log = LogSchema.create(base, ON, TestTables.newId());
    assertEquals("t_scylla_cdc_log", log.name);
    assertEquals(List.of("cdc$stream_id"), names(log.partitionKeyColumns()));
    assertEquals(List.of("cdc$time", "cdc$batch_seq_no"), names(log.clusteringColumns()));
  }

  /** Key columns have one column in the log, others a second that says that they were deleted. */
  @Test
  void hasScyllaColumns() {
    assertEquals(
        Set.of(
            "cdc$operation", "cdc$ttl", "cdc$end_of_batch", "p", "c", "s", "cdc$deleted_s", "v",
            "cdc$deleted_v", "l", "cdc$deleted_l", "cdc$deleted_elements_l", "m", "cdc$deleted_m",
            "cdc$deleted_elements_m", "n", "cdc$deleted_n", "cdc$deleted_elements_n", "f",
            "cdc$deleted_f"),
        LogSchema.columnsOf(base).keySet());
  }

  /** Values are frozen, and lists are keyed by the times of their cells. */
  @Test
  void hasScyllaTypes() {
    TableMetadata log = LogSchema.create(base, ON, TestTables.newId());
    assertEquals("tinyint", type(log, "cdc$operation"));
    assertEquals("bigint", type(log, "cdc$ttl"));
    assertEquals("text", type(log, "c"));
    assertEquals("frozen<map<timeuuid, int>>", type(log, "l"));
    assertEquals("frozen<set<timeuuid>>", type(log, "cdc$deleted_elements_l"));
    assertEquals("frozen<map<text, int>>", type(log, "m"));
    assertEquals("frozen<set<text>>", type(log, "cdc$deleted_elements_m"));
    assertEquals("frozen<set<uuid>>", type(log, "n"));
    assertEquals("frozen<list<int>>", type(log, "f"));
  }

  /** Rows expire without grace where the log has a TTL, in windows of a 24th of it. */
  @Test
  void expiresInWindows() {
    TableMetadata log = LogSchema.create(base, ON, TestTables.newId());
    assertEquals(0, log.params.gcGraceSeconds);
    assertEquals("60", log.params.compaction.options().get("compaction_window_size"));
  }

  /** Only a log that this server made is taken for one. */
  @Test
  void isKnown() {
    assertTrue(LogSchema.isLog(LogSchema.create(base, ON, TestTables.newId())));
    TableMetadata foreign = TestTables.parse("CREATE TABLE x_scylla_cdc_log (p int PRIMARY KEY)");
    assertFalse(LogSchema.isLog(foreign));
  }

  /** A log gets the new columns of its table, and forgets those that are gone in good order. */
  @Test
  void followsItsTable() {
    TableMetadata log = LogSchema.create(base, ON, TestTables.newId());
    TableMetadata changed =
        TestTables.parse(
            "CREATE TABLE t (p int, k text, v bigint, x set<int>, PRIMARY KEY (p, k))");
    TableMetadata next = LogSchema.follow(changed, log);
    Set<String> columns = new HashSet<>();
    next.regularAndStaticColumns().forEach(column -> columns.add(column.name.toString()));
    assertEquals(LogSchema.columnsOf(changed).keySet(), columns);
    assertEquals(log.id, next.id);
    assertNotNull(next.getDroppedColumn(ByteBufferUtil.bytes("cdc$deleted_elements_l")));
  }

  private static List<String> names(List<ColumnMetadata> columns) {
    return columns.stream().map(column -> column.name.toString()).toList();
  }

  private static String type(TableMetadata table, String column) {
    return table.getColumn(ByteBufferUtil.bytes(column)).type.asCQL3Type().toString();
  }
}
