package io.messina.connect.scylla.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.scylladb.cdc.model.worker.RawChange.OperationType;
import io.messina.connect.scylla.cql.Column.Kind;
import io.messina.connect.scylla.cql.LogEntry;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.RowState;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.cql.Tables;
import io.messina.connect.scylla.cql.TimeUuids;
import io.messina.connect.scylla.cql.Window;
import io.messina.connect.scylla.look.Request;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.ring.Murmur3;
import io.messina.connect.scylla.ring.TokenRange;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.connect.data.Struct;
import org.junit.jupiter.api.Test;

class GapRecordsTest {

  private static final SliceId SLICE = new SliceId(Tables.ID, 3);
  private static final TableSchema TABLE =
      new TableSchema(
          Tables.ID,
          List.of(
              Tables.column("id", "int", Kind.PARTITION_KEY, 0),
              Tables.column("day", "text", Kind.CLUSTERING, 0),
              Tables.column("leg", "int", Kind.CLUSTERING, 1)));

  private static LogEntry entry(int sequence, OperationType operation, String day, Integer leg) {
    ByteBuffer last = leg == null ? null : Tables.number(leg);
    List<ByteBuffer> key = Arrays.asList(Tables.number(1), Tables.text(day), last);
    return new LogEntry(key, 0, TimeUuids.lowest(70), sequence, operation, 0);
  }

  private static Struct value(Gap gap) {
    return new GapRecords("p.gaps").draft(gap).value();
  }

  /** A bound has as many clustering columns as the delete named: a prefix on either side. */
  @Test
  void boundsArePrefixes() {
    Gap gap =
        Gap.rangeDelete(
            SLICE,
            TABLE,
            Optional.of(entry(0, OperationType.ROW_RANGE_DELETE_INCLUSIVE_LEFT_BOUND, "a", null)),
            Optional.of(entry(1, OperationType.ROW_RANGE_DELETE_EXCLUSIVE_RIGHT_BOUND, "a", 5)));
    Struct value = value(gap);
    assertEquals("{\"day\":\"a\"}", value.getStruct("from").getString("key"));
    assertTrue(value.getStruct("from").getBoolean("inclusive"));
    assertEquals("{\"day\":\"a\",\"leg\":5}", value.getStruct("to").getString("key"));
    assertFalse(value.getStruct("to").getBoolean("inclusive"));
    assertEquals(gap.id().toString(), value.getString("id"));
    value.validate();
  }

  /** A gap is keyed by table and slice, and carries the ids that lead to what it came of. */
  @Test
  void recordIsKeyedByTableAndSlice() {
    LogEntry entry = entry(0, OperationType.PARTITION_DELETE, null, null);
    Draft draft = new GapRecords("p.gaps").draft(Gap.partitionDelete(SLICE, TABLE, entry));
    assertEquals("p.gaps", draft.topic());
    assertNull(draft.partition());
    assertEquals("ops", draft.key().getString("keyspace"));
    assertEquals("flights", draft.key().getString("table"));
    assertEquals(3, draft.key().getInt32("slice"));
    assertEquals(entry.time().toString(), draft.value().getString("correlation_id"));
    assertEquals(
        entry.time().toString(), draft.headers().lastWithName("messina.correlation_id").value());
    assertFalse(draft.tombstone());
  }

  /** A key that cannot be read is told by its token. */
  @Test
  void unreadableKeyIsToldByToken() {
    RowKey key =
        new RowKey(
            List.of(ByteBuffer.wrap(new byte[3]), Tables.text("a"), Tables.number(1)));
    LogEntry entry = new LogEntry(key.parts(), 0, TimeUuids.lowest(70), 0, OperationType.ROW_UPDATE, 0);
    Event event =
        new Event(
            SLICE,
            Request.ofLog(key, 3, entry, false, true),
            RowState.absent(TABLE, RowKey.Kind.ROW),
            99);
    Struct value = value(Gap.unreadable(event, "column id: 3 bytes are no int"));
    long token = Murmur3.token(key.parts().subList(0, 1));
    assertEquals(token, value.getInt64("from_token"));
    assertEquals(token, value.getInt64("to_token"));
    assertNull(value.get("partition_key"));
    assertTrue(value.getString("reason").startsWith("column id: 3 bytes are no int; its key: "));
    value.validate();
  }

  /** Ids differ by place, kind and time, and are the same for the same gap. */
  @Test
  void idIsOfWhatItIs() {
    LogEntry entry = entry(0, OperationType.ROW_UPDATE, "a", 1);
    Gap ttl = Gap.ttl(SLICE, TABLE, new RowKey(entry.key()), entry);
    Gap same = Gap.ttl(SLICE, TABLE, new RowKey(entry.key()), entry);
    assertEquals(ttl.id(), same.id());
    assertEquals(8, ttl.id().version());
    LogEntry other = entry(0, OperationType.ROW_UPDATE, "a", 2);
    assertNotEquals(ttl.id(), Gap.ttl(SLICE, TABLE, new RowKey(other.key()), other).id());
    TokenRange range = new TokenRange(1, 2);
    assertEquals(
        Gap.logLost(SLICE, TABLE, range, new Window(5, 9)).id(),
        Gap.logLost(SLICE, TABLE, range, new Window(5, 11)).id(),
        "after a crash more is lost of the same log");
  }
}
