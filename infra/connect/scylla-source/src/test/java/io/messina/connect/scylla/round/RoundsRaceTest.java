package io.messina.connect.scylla.round;

import static io.messina.connect.scylla.round.RoundsFixture.MS;
import static io.messina.connect.scylla.round.RoundsFixture.START;
import static io.messina.connect.scylla.round.RoundsFixture.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.scylladb.cdc.model.worker.RawChange.OperationType;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.Tables;
import io.messina.connect.scylla.offset.SliceOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

/** Signals, second looks and newer writes of the same keys at the same time. */
class RoundsRaceTest {

  private static final int KEYS = 4;
  private static final String TOPIC = "p.ops.flights";

  /** What a signal asks for is op r, with the signal's id as its correlation id. */
  @Test
  void signalledRowIsRead() throws InterruptedException {
    FakeTable table = new FakeTable(Tables.flights("a"));
    RowKey key = table.rowOnly(1, "x", "one");
    Asked asked = new Asked(table);
    asked.next.add(key);
    RoundsFixture rounds = fixture(table, asked);
    List<SourceRecord> events = rounds.round(600, TOPIC);
    SourceRecord event = events.get(0);
    assertEquals(1, events.size());
    assertEquals("r", value(event).getString("op"));
    assertEquals("one", value(event).getStruct("after").getString("a"));
    assertEquals("s-1", RoundsFixture.header(event, "messina.signal_id"));
    assertEquals("s-1", RoundsFixture.header(event, "messina.correlation_id"));
    assertTrue(
        RoundsFixture.header(event, "traceparent").matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01"));
    assertEquals(1, asked.emitted);
  }

  /** A row that came with its key is not read again, unless the log names it, too. */
  @Test
  void rowOfPageIsNotReadAgain() throws InterruptedException {
    for (boolean logged : new boolean[] {false, true}) {
      FakeTable table = new FakeTable(Tables.flights("a"));
      RowKey key = table.rowOnly(1, "x", "with its key");
      if (logged) {
        table.logOnly(1, "x", START + 10 * MS, OperationType.ROW_UPDATE);
      }
      Asked asked = new Asked(table);
      asked.withRows = true;
      asked.next.add(key);
      table.beforeRows(() -> table.rowOnly(1, "x", "by its key"));
      SourceRecord event = fixture(table, asked).round(600, TOPIC).get(0);
      String expected = logged ? "by its key" : "with its key";
      assertEquals(expected, value(event).getStruct("after").getString("a"));
      assertEquals("s-1", RoundsFixture.header(event, "messina.signal_id"));
    }
  }

  /** What the log and signals ask for in one round is one event, as the log says. */
  @Test
  void signalAndLogAreOneEvent() throws InterruptedException {
    FakeTable table = new FakeTable(Tables.flights("a"));
    RowKey key = table.write(1, "x", "one", START + 10 * MS, OperationType.ROW_INSERT);
    Asked asked = new Asked(table);
    asked.next.add(key);
    asked.next.add(key);
    List<SourceRecord> events = fixture(table, asked).round(600, TOPIC);
    assertEquals(1, events.size());
    assertEquals("c", value(events.get(0)).getString("op"));
    List<String> ids = new ArrayList<>();
    events.get(0).headers().allWithName("messina.signal_id").forEachRemaining(
        header -> ids.add((String) header.value()));
    assertEquals(List.of("s-1,s-2"), ids);
  }

  /** A signalled row that is gone is a delete. */
  @Test
  void signalledRowThatIsGoneIsDelete() throws InterruptedException {
    FakeTable table = new FakeTable(Tables.flights("a"));
    Asked asked = new Asked(table);
    asked.next.add(Tables.key(1, "x"));
    List<SourceRecord> events = fixture(table, asked).round(600, TOPIC);
    assertEquals("d", value(events.get(0)).getString("op"));
    assertEquals(2, events.size());
  }

  /** What was signalled counts as the key's last emission: the second look compares with it. */
  @Test
  void secondLookComparesWithTheSignalled() throws InterruptedException {
    FakeTable table = new FakeTable(Tables.flights("a"));
    RowKey key = table.write(1, "x", "old", START + 10 * MS, OperationType.ROW_INSERT);
    Asked asked = new Asked(table);
    RoundsFixture rounds = fixture(table, asked);
    rounds.round(600);
    table.rowOnly(1, "x", "landed");
    asked.next.add(key);
    assertEquals(1, rounds.round(900, TOPIC).size());
    for (int ms = 1_200; ms < 12_000; ms += 300) {
      assertEquals(List.of(), rounds.round(ms, TOPIC));
    }
  }

  /**
   * In a thousand interleavings of writes, late log rows, late base rows, signals, failed rounds and
   * restarts, the last record of each key is its newest state, and no key has two events in a round.
   */
  @Test
  void newestStateIsLast() throws InterruptedException {
    for (int seed = 0; seed < 1_000; seed++) {
      new Race(new Random(seed), "seed " + seed).run();
    }
  }

  private static RoundsFixture fixture(FakeTable table, SignalSource signals) {
    RoundsFixture rounds = new RoundsFixture(Tables.ID, table);
    rounds.signals = signals;
    rounds.begin(SliceOffset.startingAt(START));
    return rounds;
  }

  /** One race: 60 rounds in which others write, then as many as bring all to rest. */
  private static final class Race {
    private final Random random;
    private final String name;
    private final FakeTable table = new FakeTable(Tables.flights("a"));
    private final Asked asked = new Asked(table);
    private final RoundsFixture rounds = fixture(table, asked);
    private final Map<String, String> sink = new HashMap<>();
    private final List<Runnable> late = new ArrayList<>();
    private SliceOffset committed = SliceOffset.startingAt(START);
    private int version;
    private long now;

    Race(Random random, String name) {
      this.random = random;
      this.name = name;
      table.beforeRows(this::others);
    }

    void run() throws InterruptedException {
      now = 600;
      for (int i = 0; i < 60; i++, now += 300) {
        others();
        if (random.nextInt(15) == 0) {
          die();
        } else if (random.nextInt(15) == 0) {
          table.failNextRead();
          attempt();
        }
        attempt();
      }
      table.beforeRows(() -> {});
      late.forEach(Runnable::run);
      for (int i = 0; i < 40; i++, now += 300) {
        attempt();
      }
      for (int id = 0; id < KEYS; id++) {
        assertEquals(
            table.value(Tables.key(id, "x")), sink.get(Integer.toString(id)), name + ", key " + id);
      }
    }

    /** What others do, between rounds and between the read of the log and of the rows. */
    private void others() {
      for (int i = random.nextInt(3); i > 0; i--) {
        write();
      }
      while (!late.isEmpty() && random.nextInt(3) == 0) {
        late.remove(0).run();
      }
      if (random.nextInt(3) == 0) {
        asked.next.add(Tables.key(random.nextInt(KEYS), "x"));
      }
    }

    /** A write whose log row, or base row, may land up to a few seconds behind its time. */
    private void write() {
      int id = random.nextInt(KEYS);
      String value = random.nextInt(5) == 0 ? null : "v" + ++version;
      long micros = START + now * MS - random.nextInt(200_000);
      Runnable row = () -> table.rowOnly(id, "x", value);
      Runnable log = () -> table.logOnly(id, "x", micros, OperationType.ROW_UPDATE);
      // A row that lands late is overtaken by a newer one of its key: then it changes nothing.
      int kind = late.isEmpty() ? random.nextInt(4) : 3;
      if (kind == 0) {
        row.run();
        late.add(log);
      } else if (kind == 1) {
        log.run();
        late.add(row);
      } else if (late.isEmpty()) {
        row.run();
        log.run();
      }
    }

    /** A task dies with a round that is not committed; the next begins where the last one was. */
    private void die() throws InterruptedException {
      try {
        rounds.round(now);
      } catch (IllegalStateException e) {
        // It died of it.
      }
      rounds.begin(committed);
    }

    private void attempt() throws InterruptedException {
      try {
        List<SourceRecord> records = rounds.round(now);
        Map<String, Integer> events = new HashMap<>();
        for (SourceRecord record : records) {
          committed = SliceOffset.fromMap(record.sourceOffset());
          if (record.topic().equals(TOPIC) && record.value() != null) {
            String after =
                value(record).getStruct("after") == null
                    ? null
                    : value(record).getStruct("after").getString("a");
            String key = ((org.apache.kafka.connect.data.Struct) record.key()).get("id").toString();
            sink.put(key, after);
            events.merge(key, 1, Integer::sum);
          }
        }
        assertTrue(events.values().stream().allMatch(count -> count == 1), name);
      } catch (IllegalStateException e) {
        // The round is made again.
      }
    }
  }
}
