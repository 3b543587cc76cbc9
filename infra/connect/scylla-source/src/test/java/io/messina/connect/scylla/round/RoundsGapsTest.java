package io.messina.connect.scylla.round;

import static io.messina.connect.scylla.round.RoundsFixture.MS;
import static io.messina.connect.scylla.round.RoundsFixture.START;
import static io.messina.connect.scylla.round.RoundsFixture.header;
import static io.messina.connect.scylla.round.RoundsFixture.only;
import static io.messina.connect.scylla.round.RoundsFixture.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.scylladb.cdc.model.worker.RawChange.OperationType;
import io.messina.connect.scylla.cql.Column;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.cql.Tables;
import io.messina.connect.scylla.cql.TimeUuids;
import io.messina.connect.scylla.offset.Micros;
import io.messina.connect.scylla.offset.SliceOffset;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RoundsGapsTest {

  private static final String GAPS = "p.gaps";
  private static final long SECOND = 1_000_000;
  private final FakeTable table = new FakeTable(Tables.withStatics("s"));
  private final RoundsFixture rounds = new RoundsFixture(Tables.ID, table);

  @BeforeEach
  void begin() {
    rounds.begin(SliceOffset.startingAt(START));
  }

  private void bounds(
      long micros, OperationType left, String from, OperationType right, String to) {
    table.logged(1, from, micros, 0, left, 0);
    table.logged(1, to, micros, 1, right, 0);
  }

  private static Struct bound(SourceRecord record, String side) {
    return value(record).getStruct(side);
  }

  /** A range delete is one gap with both bounds, and makes no event of the rows at its bounds. */
  @Test
  void rangeDeleteIsOneGap() throws InterruptedException {
    long at = START + 10 * MS;
    bounds(
        at,
        OperationType.ROW_RANGE_DELETE_EXCLUSIVE_LEFT_BOUND,
        "b",
        OperationType.ROW_RANGE_DELETE_INCLUSIVE_RIGHT_BOUND,
        "m");
    List<SourceRecord> all = rounds.round(600);
    List<SourceRecord> gaps = only(all, GAPS);
    assertEquals(1, gaps.size());
    SourceRecord gap = gaps.get(0);
    assertEquals("range_delete", value(gap).getString("kind"));
    assertEquals("{\"id\":1}", value(gap).getString("partition_key"));
    assertEquals("{\"leg\":\"b\"}", bound(gap, "from").getString("key"));
    assertFalse(bound(gap, "from").getBoolean("inclusive"));
    assertEquals("{\"leg\":\"m\"}", bound(gap, "to").getString("key"));
    assertTrue(bound(gap, "to").getBoolean("inclusive"));
    assertEquals(at, value(gap).getInt64("write_ts_us"));
    assertEquals(at, value(gap).getInt64("due_ts_us"));
    assertEquals(TimeUuids.lowest(at).toString(), value(gap).getString("correlation_id"));
    assertEquals(TimeUuids.lowest(at).toString(), header(gap, "messina.correlation_id"));
    assertNull(value(gap).get("from_token"));
    assertEquals(List.of(), only(all, "p.ops.flights"));
    assertEquals(
        Micros.text(START + 300 * MS), gap.sourceOffset().get("fast_until"), "the slice's last");
  }

  /** A bound without clustering columns is open; so is one that is missing. */
  @Test
  void boundsMayBeOpen() throws InterruptedException {
    bounds(
        START + 10 * MS,
        OperationType.ROW_RANGE_DELETE_INCLUSIVE_LEFT_BOUND,
        null,
        OperationType.ROW_RANGE_DELETE_EXCLUSIVE_RIGHT_BOUND,
        "m");
    table.logged(
        2, "x", START + 20 * MS, 0, OperationType.ROW_RANGE_DELETE_INCLUSIVE_RIGHT_BOUND, 0);
    table.logged(
        1, "y", START + 30 * MS, 0, OperationType.ROW_RANGE_DELETE_INCLUSIVE_LEFT_BOUND, 0);
    List<SourceRecord> gaps = rounds.round(600, GAPS);
    assertEquals(3, gaps.size());
    assertNull(bound(gaps.get(0), "from"));
    assertEquals("{\"leg\":\"m\"}", bound(gaps.get(0), "to").getString("key"));
    assertNull(bound(gaps.get(1), "from"));
    assertEquals("{\"leg\":\"x\"}", bound(gaps.get(1), "to").getString("key"));
    assertEquals("{\"leg\":\"y\"}", bound(gaps.get(2), "from").getString("key"));
    assertNull(bound(gaps.get(2), "to"));
  }

  /** Bounds of two writes are never taken for one range. */
  @Test
  void boundsOfTwoWritesAreTwoGaps() throws InterruptedException {
    table.logged(
        1, "a", START + 10 * MS, 0, OperationType.ROW_RANGE_DELETE_INCLUSIVE_LEFT_BOUND, 0);
    table.logged(
        1, "b", START + 20 * MS, 1, OperationType.ROW_RANGE_DELETE_INCLUSIVE_RIGHT_BOUND, 0);
    assertEquals(2, rounds.round(600, GAPS).size());
  }

  /** A partition delete is a gap, and the partition's static row is read. */
  @Test
  void partitionDeleteIsGapAndStaticRead() throws InterruptedException {
    table.logOnly(1, null, START + 10 * MS, OperationType.PARTITION_DELETE);
    List<SourceRecord> all = rounds.round(600);
    SourceRecord gap = only(all, GAPS).get(0);
    assertEquals("partition_delete", value(gap).getString("kind"));
    assertEquals("{\"id\":1}", value(gap).getString("partition_key"));
    assertNull(value(gap).get("from"));
    assertNull(value(gap).get("to"));
    List<SourceRecord> statics = only(all, "p.ops.flights__static");
    assertEquals("d", value(statics.get(0)).getString("op"));
    assertNull(statics.get(1).value());
  }

  /** Deleting a partition whose key is the whole key deletes one row, which is no gap. */
  @Test
  void partitionOfOneRowIsNoGap() {
    GapsSeen gaps = new GapsSeen();
    TableSchema plain =
        new TableSchema(Tables.ID, List.of(Tables.column("id", "int", Column.Kind.PARTITION_KEY, 0)));
    table.logOnly(1, null, START, OperationType.PARTITION_DELETE);
    gaps.begin();
    List<ByteBuffer> key = List.of(Tables.number(1));
    gaps.see(
        new io.messina.connect.scylla.cql.LogEntry(
            key, 0, TimeUuids.lowest(START), 0, OperationType.PARTITION_DELETE, 0),
        new io.messina.connect.scylla.offset.SliceId(Tables.ID, 0),
        plain);
    gaps.end(plain);
    assertEquals(List.of(), gaps.found());
  }

  /** Of a key's expiries within five seconds the latest is told; a static row is another key. */
  @Test
  void latestExpiryIsTold() throws InterruptedException {
    table.rowOnly(1, "x", "one");
    table.statics(1, "shared");
    table.logged(1, "x", START + 10 * MS, 0, OperationType.ROW_INSERT, 100);
    table.logged(1, "x", START + 20 * MS, 0, OperationType.ROW_UPDATE, 60);
    table.logged(1, "x", START + 25 * MS, 0, OperationType.ROW_UPDATE, 60);
    table.logged(1, null, START + 30 * MS, 0, OperationType.ROW_UPDATE, 70);
    List<SourceRecord> gaps = rounds.round(600, GAPS);
    assertEquals(3, gaps.size());
    assertEquals("ttl", value(gaps.get(0)).getString("kind"));
    assertEquals(START + 10 * MS + 100 * SECOND, value(gaps.get(0)).getInt64("due_ts_us"));
    assertEquals(START + 10 * MS, value(gaps.get(0)).getInt64("write_ts_us"));
    assertEquals("{\"leg\":\"x\"}", bound(gaps.get(0), "from").getString("key"));
    assertEquals("{\"leg\":\"x\"}", bound(gaps.get(0), "to").getString("key"));
    assertFalse(value(gaps.get(0)).getBoolean("static"));
    assertEquals(START + 25 * MS + 60 * SECOND, value(gaps.get(1)).getInt64("due_ts_us"));
    assertTrue(value(gaps.get(2)).getBoolean("static"));
    assertNull(bound(gaps.get(2), "from"));
    assertEquals(START + 30 * MS + 70 * SECOND, value(gaps.get(2)).getInt64("due_ts_us"));
  }

  /** What was told is not told again by the second look; a late one is; after a restart all are. */
  @Test
  void gapIsToldOnce() throws InterruptedException {
    table.logOnly(1, null, START + 10 * MS, OperationType.PARTITION_DELETE);
    table.logged(1, "x", START + 20 * MS, 0, OperationType.ROW_UPDATE, 60);
    List<SourceRecord> first = rounds.round(600, GAPS);
    assertEquals(2, first.size());
    table.logOnly(2, null, START + 30 * MS, OperationType.PARTITION_DELETE);
    int more = 0;
    for (int ms = 900; ms < 12_000; ms += 300) {
      more += rounds.round(ms, GAPS).size();
    }
    assertEquals(1, more, "the late one");
    rounds.begin(new SliceOffset(START + 300 * MS, START, 0));
    rounds.round(5_400);
    rounds.begin(new SliceOffset(START + 300 * MS, START, 0));
    List<SourceRecord> again = rounds.round(5_400, GAPS);
    assertEquals(3, again.size());
    assertEquals(value(first.get(0)).getString("id"), value(again.get(0)).getString("id"));
    assertEquals(value(first.get(1)).getString("id"), value(again.get(1)).getString("id"));
  }

  /** A row that cannot be decoded is a gap with its key and the reason; its neighbours go on. */
  @Test
  void unreadableRowIsGap() throws InterruptedException {
    List<Column> columns = new ArrayList<>(Tables.flights().columns());
    columns.add(Tables.column("a", "bigint", Column.Kind.REGULAR, -1));
    table.alter(new TableSchema(Tables.ID, columns));
    table.logOnly(1, "bad", START + 10 * MS, OperationType.ROW_UPDATE);
    table.put(Tables.key(1, "bad"), ByteBuffer.wrap(new byte[3]));
    table.logOnly(1, "good", START + 20 * MS, OperationType.ROW_UPDATE);
    table.put(Tables.key(1, "good"), ByteBuffer.wrap(new byte[8]));
    List<SourceRecord> all = rounds.round(600);
    SourceRecord gap = only(all, GAPS).get(0);
    assertEquals("unreadable", value(gap).getString("kind"));
    assertEquals("{\"leg\":\"bad\"}", bound(gap, "from").getString("key"));
    String reason = value(gap).getString("reason");
    assertTrue(reason.contains("column a") && reason.contains("3 bytes are no bigint"), reason);
    List<SourceRecord> events = only(all, "p.ops.flights");
    assertEquals(1, events.size());
    assertEquals("good", value(events.get(0)).getStruct("after").getString("leg"));
    for (int ms = 900; ms < 12_000; ms += 300) {
      assertEquals(List.of(), rounds.round(ms, GAPS));
    }
  }

  /** A row larger than max.row.bytes is a gap that says so. */
  @Test
  void hugeRowIsGap() throws InterruptedException {
    rounds.settings.put("max.row.bytes", "1024");
    rounds.begin(SliceOffset.startingAt(START));
    table.write(1, "x", "a".repeat(1_025), START + 10 * MS, OperationType.ROW_INSERT);
    List<SourceRecord> all = rounds.round(600);
    assertTrue(value(only(all, GAPS).get(0)).getString("reason").contains("max.row.bytes"));
    assertEquals(List.of(), only(all, "p.ops.flights"));
  }

  /** A log that its own time to live removed is a gap over each slice, which then goes on. */
  @Test
  void lostLogIsGap() throws InterruptedException {
    table.keepLogFor(100 * SECOND);
    long now = 3_600_000;
    List<SourceRecord> gaps = rounds.round(now, GAPS);
    assertEquals(2, gaps.size());
    long kept = START + now * MS - 100 * SECOND + 10 * SECOND;
    for (SourceRecord gap : gaps) {
      assertEquals("log_lost", value(gap).getString("kind"));
      assertEquals(START, value(gap).getInt64("from_us"));
      assertEquals(kept, value(gap).getInt64("to_us"));
      assertEquals(value(gap).getString("id"), value(gap).getString("correlation_id"));
    }
    assertEquals(Long.MIN_VALUE, value(gaps.get(0)).getInt64("from_token"));
    assertEquals(-1, value(gaps.get(0)).getInt64("to_token"));
    assertEquals(Long.MAX_VALUE, value(gaps.get(1)).getInt64("to_token"));
    assertTrue(
        Micros.parse((String) gaps.get(0).sourceOffset().get("swept_until")) >= kept);
    assertEquals(List.of(), rounds.round(now + 300, GAPS));
  }

  /** A log that is all there is no gap, and while it runs one that is kept shortly is none either. */
  @Test
  void shortLogIsNoGapWhileItIsRead() throws InterruptedException {
    table.keepLogFor(4 * SECOND);
    for (int ms = 600; ms < 20_000; ms += 300) {
      assertEquals(List.of(), rounds.round(ms, GAPS), ms + " ms");
    }
  }

  /** A round that failed tells its gaps when it is made again. */
  @Test
  void failedRoundTellsItsGaps() throws InterruptedException {
    table.logOnly(1, null, START + 10 * MS, OperationType.PARTITION_DELETE);
    table.failNextRead();
    try {
      rounds.round(600);
    } catch (IllegalStateException e) {
      assertEquals(1, rounds.round(600, GAPS).size());
      return;
    }
    throw new AssertionError("the read did not fail");
  }

  /** The id of a gap depends on what and where it is. */
  @Test
  void otherGapHasOtherId() throws InterruptedException {
    table.logOnly(1, null, START + 10 * MS, OperationType.PARTITION_DELETE);
    table.logOnly(1, null, START + 11 * MS, OperationType.PARTITION_DELETE);
    List<SourceRecord> gaps = rounds.round(600, GAPS);
    assertNotEquals(value(gaps.get(0)).getString("id"), value(gaps.get(1)).getString("id"));
  }
}
