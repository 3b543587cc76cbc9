package io.messina.connect.scylla.round;

import static io.messina.connect.scylla.round.RoundsFixture.MS;
import static io.messina.connect.scylla.round.RoundsFixture.START;
import static io.messina.connect.scylla.round.RoundsFixture.only;
import static io.messina.connect.scylla.round.RoundsFixture.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.scylladb.cdc.model.worker.RawChange.OperationType;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.Tables;
import io.messina.connect.scylla.offset.SliceOffset;
import java.util.List;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RoundsStaticsTest {

  private static final String ROWS = "p.ops.flights";
  private static final String STATICS = "p.ops.flights__static";
  private final FakeTable table = new FakeTable(Tables.withStatics("s"));
  private final RoundsFixture rounds = new RoundsFixture(Tables.ID, table);

  @BeforeEach
  void begin() {
    rounds.begin(SliceOffset.startingAt(START));
  }

  /** A static write goes to the topic of static rows, keyed by the partition key, and nowhere else. */
  @Test
  void staticWriteHasItsTopic() throws InterruptedException {
    RowKey key = table.statics(1, "shared");
    table.logOnly(1, null, START + 10 * MS, OperationType.ROW_UPDATE);
    List<SourceRecord> records = rounds.round(600);
    assertEquals(List.of(), only(records, ROWS));
    SourceRecord event = only(records, STATICS).get(0);
    assertEquals(
        List.of("id"), event.keySchema().fields().stream().map(Field::name).toList());
    assertEquals("shared", value(event).getStruct("after").getString("s"));
    assertEquals("flights__static", value(event).getStruct("source").getString("table_name"));
    assertEquals(table.sliceOf(key, 2), event.kafkaPartition());
    assertEquals("p.ops.flights__static.Envelope", event.valueSchema().name());
    assertEquals("flights", event.sourcePartition().get("table"));
  }

  /** A row's event has no static columns. */
  @Test
  void rowOmitsStatics() throws InterruptedException {
    table.statics(1, "shared");
    table.write(1, "x", "one", START + 10 * MS, OperationType.ROW_INSERT);
    Struct after = value(only(rounds.round(600), ROWS).get(0)).getStruct("after");
    assertEquals(
        List.of("id", "leg", "a"), after.schema().fields().stream().map(Field::name).toList());
  }

  /** Static columns that are all null are a delete and a tombstone. */
  @Test
  void emptyStaticRowIsDelete() throws InterruptedException {
    table.logOnly(1, null, START + 10 * MS, OperationType.ROW_UPDATE);
    List<SourceRecord> events = rounds.round(600, STATICS);
    assertEquals("d", value(events.get(0)).getString("op"));
    assertEquals(1, value(events.get(0)).getStruct("before").getInt32("id"));
    assertNull(events.get(1).value());
  }

  /** The second look compares static rows with what was emitted of them, apart from the rows. */
  @Test
  void secondLookKnowsStatics() throws InterruptedException {
    table.statics(1, "early");
    table.logOnly(1, null, START + 10 * MS, OperationType.ROW_UPDATE);
    table.logOnly(2, null, START + 10 * MS, OperationType.ROW_UPDATE);
    assertEquals(3, rounds.round(600, STATICS).size());
    table.statics(1, "late");
    int more = 0;
    for (int ms = 900; ms < 12_000; ms += 300) {
      for (SourceRecord event : rounds.round(ms, STATICS)) {
        assertEquals("late", value(event).getStruct("after").getString("s"));
        more++;
      }
    }
    assertEquals(1, more);
  }

  /**
   * A log row that has lost its clustering key, as after a RENAME, is a gap over its partition:
   * where the table has no statics any, else such as no static write makes.
   */
  @Test
  void lostKeyIsGap() throws InterruptedException {
    table.logOnly(1, null, START + 10 * MS, OperationType.ROW_INSERT);
    SourceRecord gap = rounds.round(600, "p.gaps").get(0);
    assertEquals("unreadable", value(gap).getString("kind"));
    assertEquals("{\"id\":1}", value(gap).getString("partition_key"));
    assertNull(value(gap).get("from"));
    table.alter(Tables.flights("a"));
    table.logOnly(1, null, START + 310 * MS, OperationType.ROW_UPDATE);
    assertEquals(1, rounds.round(900, "p.gaps").size());
  }

  /** Where all static columns are excluded, writes of them are no gaps. */
  @Test
  void excludedStaticsArePassedOver() throws InterruptedException {
    table.alter(Tables.withStatics("s").carrying(name -> !name.equals("s")));
    table.logOnly(1, null, START + 10 * MS, OperationType.ROW_UPDATE);
    assertTrue(rounds.round(600).stream().allMatch(r -> r.topic().equals("p.watermarks")));
  }
}
