package io.messina.connect.scylla.round;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.scylladb.cdc.model.worker.RawChange.OperationType;
import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.Tables;
import io.messina.connect.scylla.offset.Micros;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import io.messina.connect.scylla.offset.Watermarks;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RoundsTest {

  private static final long START = 1_000_000_000L;
  private static final long MS = 1_000L;
  private final FakeTable table = new FakeTable(Tables.flights("a"));
  private final Watermarks watermarks = new Watermarks(false);
  private Rounds rounds;

  @BeforeEach
  void begin() {
    rounds = rounds(SliceOffset.startingAt(START));
  }

  private Rounds rounds(SliceOffset from) {
    SourceConfig config =
        new SourceConfig(
            Map.of(
                "topic.prefix", "p",
                "scylla.contact.points", "127.0.0.1:9042",
                "tables", "ops.flights",
                "slices", "2",
                "window.ms", "300",
                "confidence.ms", "300",
                "safe.confidence.ms", "5000"));
    Map<SliceId, SliceOffset> progress = new LinkedHashMap<>();
    for (int slice = 0; slice < 2; slice++) {
      progress.put(new SliceId(Tables.ID, slice), from);
      watermarks.begin(new SliceId(Tables.ID, slice), from);
    }
    return new Rounds(config, progress, id -> table, new Heartbeat(config, watermarks, 7), SignalSource.NONE);
  }

  private List<SourceRecord> round(long millis) throws InterruptedException {
    return rounds.next(START + millis * MS).map(Round::records).orElse(List.of());
  }

  private static List<SourceRecord> data(List<SourceRecord> records) {
    return records.stream().filter(record -> record.topic().equals("p.ops.flights")).toList();
  }

  private static Struct value(SourceRecord record) {
    return (Struct) record.value();
  }

  private static String until(SourceRecord record, String name) {
    return (String) record.sourceOffset().get(name);
  }

  /** A window is read when it is as old as the confidence, not before. */
  @Test
  void windowWaitsForConfidence() throws InterruptedException {
    assertTrue(rounds.next(START + 599 * MS).isEmpty());
    assertTrue(rounds.next(START + 600 * MS).isPresent());
    assertEquals(START + 900 * MS, rounds.nextDue());
  }

  /**
   * An event is the row as it was read, its time the newest entry's, its partition the slice of its
   * token.
   */
  @Test
  void eventIsTheRowAsRead() throws InterruptedException {
    RowKey key = table.write(1, "x", "one", START + 10 * MS, OperationType.ROW_INSERT);
    table.write(1, "x", "two", START + 20 * MS, OperationType.ROW_UPDATE);
    SourceRecord event = data(round(600)).get(0);
    assertEquals("c", value(event).getString("op"));
    assertNull(value(event).get("before"));
    assertEquals("two", value(event).getStruct("after").getString("a"));
    assertEquals(START + 20 * MS, value(event).getStruct("source").getInt64("ts_us"));
    assertEquals(1, ((Struct) event.key()).getInt32("id"));
    assertEquals(table.sliceOf(key, 2), event.kafkaPartition());
    assertNotNull(event.headers().lastWithName("messina.correlation_id"));
    assertEquals("p.ops.flights.Envelope", event.valueSchema().name());
    assertEquals("p.ops.flights.Key", event.keySchema().name());
  }

  /** A row that is not there is a delete with its key in "before", then a tombstone. */
  @Test
  void absentRowIsDelete() throws InterruptedException {
    table.write(1, "x", null, START + 10 * MS, OperationType.ROW_UPDATE);
    List<SourceRecord> events = data(round(600));
    assertEquals(2, events.size());
    assertEquals("d", value(events.get(0)).getString("op"));
    assertEquals("x", value(events.get(0)).getStruct("before").getString("leg"));
    assertNull(value(events.get(0)).getStruct("before").get("a"));
    assertNull(value(events.get(0)).get("after"));
    assertNull(events.get(1).value());
    assertNull(events.get(1).valueSchema());
  }

  /** The second look says nothing where the row is as it was emitted. */
  @Test
  void secondLookIsSilentWhereNothingDiffers() throws InterruptedException {
    table.write(1, "x", "one", START + 10 * MS, OperationType.ROW_INSERT);
    assertEquals(1, data(round(600)).size());
    for (int ms = 900; ms < 12_000; ms += 300) {
      assertEquals(List.of(), data(round(ms)));
    }
  }

  /** A log row that lands behind the first look is found by the second. */
  @Test
  void secondLookFindsLateLogRow() throws InterruptedException {
    round(600);
    table.write(1, "x", "late", START + 10 * MS, OperationType.ROW_INSERT);
    assertEquals(List.of(), data(round(900)));
    assertEquals(List.of(), data(round(5_200)));
    List<SourceRecord> events = data(round(6_400));
    assertEquals("late", value(events.get(0)).getStruct("after").getString("a"));
  }

  /** A row that landed behind its log row is found by the second look. */
  @Test
  void secondLookFindsLateBaseRow() throws InterruptedException {
    table.logOnly(1, "x", START + 10 * MS, OperationType.ROW_INSERT);
    assertEquals("d", value(data(round(600)).get(0)).getString("op"));
    table.rowOnly(1, "x", "landed");
    round(900);
    round(5_200);
    List<SourceRecord> events = data(round(6_400));
    assertEquals("landed", value(events.get(0)).getStruct("after").getString("a"));
  }

  /** After a restart all rows between the two looks are emitted again. */
  @Test
  void restartEmitsBetweenTheLooksAgain() throws InterruptedException {
    table.write(1, "x", "one", START + 10 * MS, OperationType.ROW_INSERT);
    round(600);
    rounds = rounds(new SliceOffset(START + 300 * MS, START, 0));
    assertEquals(1, data(round(5_400)).size());
    assertEquals(List.of(), data(round(6_400)));
    assertEquals(List.of(), data(round(7_800)));
  }

  /**
   * A slice's last record carries its new offset, those before keep the old one, so a cut round is
   * made again.
   */
  @Test
  void lastRecordCarriesTheOffset() throws InterruptedException {
    for (int id = 0; id < 20; id++) {
      table.write(id, "x", "one", START + 10 * MS, OperationType.ROW_INSERT);
    }
    List<SourceRecord> events = data(round(600));
    for (long slice = 0; slice < 2; slice++) {
      long which = slice;
      List<String> offsets =
          events.stream()
              .filter(record -> record.sourcePartition().get("slice").equals(which))
              .map(record -> until(record, "fast_until"))
              .toList();
      assertTrue(offsets.size() > 1);
      assertEquals(Micros.text(START + 300 * MS), offsets.get(offsets.size() - 1));
      assertTrue(
          offsets.subList(0, offsets.size() - 1).stream().allMatch(Micros.text(START)::equals));
    }
  }

  /** A slice without data moves on by its watermark, which comes last and about once a second. */
  @Test
  void watermarkCarriesIdleProgress() throws InterruptedException {
    List<SourceRecord> first = round(600);
    assertEquals(
        List.of("p.watermarks", "p.watermarks"), first.stream().map(SourceRecord::topic).toList());
    assertEquals(Micros.text(START + 300 * MS), until(first.get(0), "fast_until"));
    assertEquals(START, value(first.get(0)).getInt64("fast_until_us"));
    assertEquals(7, value(first.get(0)).getInt64("epoch"));
    assertEquals(List.of(), round(900));
  }

  /** Catching up after the safe confidence, one look is both. */
  @Test
  void lateFirstLookIsTheSecondToo() throws InterruptedException {
    table.write(1, "x", "one", START + 10 * MS, OperationType.ROW_INSERT);
    SourceRecord event = data(round(60_000)).get(0);
    assertEquals(until(event, "fast_until"), until(event, "swept_until"));
    assertEquals(List.of(), data(round(60_010)));
  }

  /** After an outage the second look is finished first, then the backlog is read once. */
  @Test
  void backlogIsReadOnce() throws InterruptedException {
    rounds = rounds(new SliceOffset(START + 20_000 * MS, START, 0));
    for (int second = 0; second < 60; second++) {
      table.write(second, "x", "one", START + second * 1_000 * MS, OperationType.ROW_INSERT);
    }
    int events = 0;
    for (int i = 0; i < 30; i++) {
      events += data(round(600_000)).size();
    }
    assertEquals(60, events);
  }

  /** A round that failed changes nothing: it is made again, second look and all. */
  @Test
  void failedRoundIsMadeAgain() throws InterruptedException {
    table.write(1, "x", "one", START + 10 * MS, OperationType.ROW_INSERT);
    table.failNextRead();
    assertThrows(IllegalStateException.class, () -> round(600));
    assertEquals(1, data(round(610)).size());
  }

  /** A column that is added while running is in the next event, under the same schema name. */
  @Test
  void addedColumnIsInTheNextEvent() throws InterruptedException {
    table.write(1, "x", "one", START + 10 * MS, OperationType.ROW_INSERT);
    SourceRecord before = data(round(600)).get(0);
    table.alter(Tables.flights("a", "b"));
    table.write(1, "x", "two", START + 310 * MS, OperationType.ROW_UPDATE);
    SourceRecord after = data(round(900)).get(0);
    assertNotNull(value(after).schema().field("after").schema().field("b"));
    assertEquals(before.valueSchema().name(), after.valueSchema().name());
  }

  /** Images in the log, and keys of slices that others own, are passed over. */
  @Test
  void imagesAreNoChanges() throws InterruptedException {
    table.logOnly(1, "x", START + 10 * MS, OperationType.POST_IMAGE);
    table.logOnly(1, "x", START + 10 * MS, OperationType.PRE_IMAGE);
    assertEquals(List.of(), data(round(600)));
  }

  /** A delete of a range names no row, so no event comes of it. */
  @Test
  void rangeDeleteMakesNoEvent() throws InterruptedException {
    table.logOnly(1, null, START + 10 * MS, OperationType.PARTITION_DELETE);
    assertEquals(List.of(), data(round(600)));
  }

  /** A window with more rows than are held at once is read in parts, and none is lost. */
  @Test
  void longWindowIsReadInParts() throws InterruptedException {
    for (int id = 0; id < 30_000; id++) {
      table.write(id, "x", "one", START + id * 100L, OperationType.ROW_INSERT);
    }
    int first = data(round(60_000)).size();
    assertTrue(first < 20_000, first + " events");
    int events = first;
    for (int i = 0; i < 10; i++) {
      events += data(round(60_000)).size();
    }
    assertEquals(30_000, events);
  }
}
