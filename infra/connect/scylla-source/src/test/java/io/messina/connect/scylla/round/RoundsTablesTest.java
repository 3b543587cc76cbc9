package io.messina.connect.scylla.round;

import static io.messina.connect.scylla.round.RoundsFixture.MS;
import static io.messina.connect.scylla.round.RoundsFixture.START;
import static io.messina.connect.scylla.round.RoundsFixture.only;
import static io.messina.connect.scylla.round.RoundsFixture.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.scylladb.cdc.model.worker.RawChange.OperationType;
import io.messina.connect.scylla.cql.Column;
import io.messina.connect.scylla.cql.ReadException;
import io.messina.connect.scylla.cql.TableGoneException;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.cql.TableStoppedException;
import io.messina.connect.scylla.cql.Tables;
import io.messina.connect.scylla.offset.Micros;
import io.messina.connect.scylla.offset.SliceOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.InvalidQueryException;
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.OperationTimedOutException;

/** What becomes of tables that change while their changes flow, and of those beside them. */
class RoundsTablesTest {

  private static final TableId OTHER = new TableId("ops", "crews");
  private static final TableSchema SCHEMA = Tables.flights("a");
  private final FakeTable table = new FakeTable(SCHEMA);
  private final FakeTable other = new FakeTable(new TableSchema(OTHER, SCHEMA.columns()));
  private final RoundsFixture rounds = new RoundsFixture(Tables.ID, table);

  @BeforeEach
  void begin() {
    rounds.tables.put(OTHER, other);
    rounds.begin(SliceOffset.startingAt(START));
  }

  private void writeBoth(int ms) {
    table.write(1, "x", "v" + ms, START + ms * MS, OperationType.ROW_UPDATE);
    other.write(1, "x", "v" + ms, START + ms * MS, OperationType.ROW_UPDATE);
  }

  private List<String> topics(int ms) throws InterruptedException {
    return rounds.round(ms).stream()
        .map(SourceRecord::topic)
        .filter(topic -> !topic.equals("p.watermarks"))
        .toList();
  }

  private static TableSchema renamed() {
    List<Column> columns = new ArrayList<>(SCHEMA.columns());
    columns.removeIf(column -> column.kind() == Column.Kind.CLUSTERING);
    columns.add(Tables.column("part", "text", Column.Kind.CLUSTERING, 0));
    return new TableSchema(Tables.ID, columns);
  }

  /** A table that cannot go on stops alone: its slices emit nothing, the others go on. */
  @Test
  void oneTableStopsAlone() throws InterruptedException {
    writeBoth(10);
    assertEquals(List.of("p.ops.flights", "p.ops.crews"), topics(600));
    table.stop(new TableStoppedException("flights is no more"));
    writeBoth(310);
    assertEquals(List.of("p.ops.crews"), topics(900));
    writeBoth(610);
    assertEquals(List.of("p.ops.crews"), topics(1_200));
  }

  /** When all tables of a task stand, it fails with all their reasons. */
  @Test
  void allTablesStoppedFailTheTask() throws InterruptedException {
    table.stop(new TableStoppedException("flights is no more."));
    other.stop(new TableStoppedException("crews is no more."));
    ConnectException failure = assertThrows(ConnectException.class, () -> rounds.round(600));
    assertEquals("flights is no more. crews is no more.", failure.getMessage());
  }

  /** A table that is only gone may come back in a moment: its task does not fail at once. */
  @Test
  void goneTableIsWaitedFor() throws Exception {
    rounds.tables.remove(OTHER);
    rounds.begin(SliceOffset.startingAt(START));
    writeBoth(10);
    table.stop(new TableGoneException(Tables.ID));
    assertEquals(List.of(), rounds.round(600));
    assertTrue(rounds.rounds().nextDue() > 0);
    table.stop(null);
    Thread.sleep(600);
    assertEquals(List.of("p.ops.flights"), topics(900));
  }

  /** A table that comes back goes on where it was. */
  @Test
  void tableThatComesBackGoesOn() throws Exception {
    writeBoth(10);
    table.stop(new TableGoneException(Tables.ID));
    assertEquals(List.of("p.ops.crews"), topics(600));
    table.stop(null);
    writeBoth(310);
    Thread.sleep(600);
    assertEquals(Set.of("p.ops.flights", "p.ops.crews"), Set.copyOf(topics(900)));
  }

  /** Offsets know the table and its key from the first record on. */
  @Test
  void offsetsKnowTheTable() throws InterruptedException {
    writeBoth(10);
    SourceRecord event = only(rounds.round(600), "p.ops.flights").get(0);
    assertEquals(SCHEMA.uuid().toString(), event.sourceOffset().get("table_id"));
    assertEquals("id, leg", event.sourceOffset().get("key"));
  }

  /** After RENAME of a clustering column the table stops, and says what it was and how to go on. */
  @Test
  void renamedKeyStops() throws InterruptedException {
    rounds.tables.remove(OTHER);
    rounds.begin(SliceOffset.startingAt(START));
    writeBoth(10);
    rounds.round(600);
    table.alter(renamed());
    ConnectException failure = assertThrows(ConnectException.class, () -> rounds.round(900));
    assertTrue(failure.getMessage().contains("its key was (id, leg) and is (id, part)"));
    assertTrue(failure.getMessage().contains(Micros.text(START + 300 * MS)));
    assertTrue(failure.getMessage().contains("PATCH"));
  }

  /** A table that was dropped and created again stops where nothing else is configured. */
  @Test
  void recreatedTableStops() throws InterruptedException {
    rounds.round(600);
    table.alter(Tables.recreated(SCHEMA));
    writeBoth(310);
    assertEquals(List.of("p.ops.crews"), topics(900));
  }

  /** So it does where that happened while no task ran. */
  @Test
  void recreatedTableStopsAfterRestart() {
    rounds.tables.remove(OTHER);
    SliceOffset.Table before = new SliceOffset.Table(new UUID(9, 9), "id, leg");
    rounds.begin(SliceOffset.startingAt(START).of(before));
    ConnectException failure = assertThrows(ConnectException.class, () -> rounds.round(600));
    assertTrue(failure.getMessage().contains("table.recreated=heal"));
  }

  /** With table.recreated=heal it goes on, with a gap over each whole slice, once. */
  @Test
  void recreatedTableIsHealed() throws InterruptedException {
    rounds.settings.put("table.recreated", "heal");
    rounds.begin(SliceOffset.startingAt(START));
    rounds.round(600);
    TableSchema now = Tables.recreated(SCHEMA);
    table.alter(now);
    writeBoth(310);
    List<SourceRecord> records = rounds.round(900);
    List<SourceRecord> gaps = only(records, "p.gaps");
    assertEquals(2, gaps.size());
    assertEquals("table_recreated", value(gaps.get(0)).getString("kind"));
    assertEquals(Long.MIN_VALUE, value(gaps.get(0)).getInt64("from_token"));
    assertEquals(Long.MAX_VALUE, value(gaps.get(1)).getInt64("to_token"));
    SourceRecord event = only(records, "p.ops.flights").get(0);
    assertEquals(now.uuid().toString(), event.sourceOffset().get("table_id"));
    writeBoth(610);
    assertEquals(List.of("p.ops.flights", "p.ops.crews"), topics(1_200));
  }

  /** A query that is refused again and again stops its table, with the words of the server. */
  @Test
  void refusedTableStops() throws InterruptedException {
    writeBoth(10);
    table.fail(
        new ReadException(
            Tables.ID, "log stream 0x00, window w", new InvalidQueryException("no permission")));
    for (int i = 0; i < 9; i++) {
      assertThrows(ReadException.class, () -> rounds.round(600));
    }
    assertEquals(List.of("p.ops.crews"), topics(600));
    assertEquals(List.of(), topics(900));
  }

  /** A database that does not answer stops no table, however often it is asked. */
  @Test
  void silentDatabaseStopsNoTable() throws InterruptedException {
    writeBoth(10);
    table.fail(
        new ReadException(
            Tables.ID, "log stream 0x00, window w", new OperationTimedOutException(null)));
    for (int i = 0; i < 30; i++) {
      assertThrows(ReadException.class, () -> rounds.round(600));
    }
    table.fail(null);
    assertEquals(List.of("p.ops.flights", "p.ops.crews"), topics(600));
  }

  /** A column that is dropped, and added again with another type, is carried as it now is. */
  @Test
  void columnComesBackWithAnotherType() throws InterruptedException {
    writeBoth(10);
    rounds.round(600);
    List<Column> columns = new ArrayList<>(SCHEMA.key());
    columns.add(Tables.column("a", "blob", Column.Kind.REGULAR, -1));
    table.alter(new TableSchema(Tables.ID, columns));
    SourceRecord event = null;
    table.write(2, "x", "bytes", START + 310 * MS, OperationType.ROW_UPDATE);
    event = only(rounds.round(900), "p.ops.flights").get(0);
    assertEquals(
        org.apache.kafka.connect.data.Schema.Type.BYTES,
        event.valueSchema().field("after").schema().field("a").schema().type());
    for (int ms = 1_200; ms < 5_600; ms += 300) {
      rounds.round(ms);
    }
    assertEquals(
        1, only(rounds.round(6_000), "p.ops.flights").size(), "the row before, as it now is");
  }
}
