package io.messina.connect.scylla.round;

import static io.messina.connect.scylla.round.RoundsFixture.MS;
import static io.messina.connect.scylla.round.RoundsFixture.START;
import static io.messina.connect.scylla.round.RoundsFixture.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.scylladb.cdc.model.worker.RawChange.OperationType;
import io.messina.connect.scylla.cql.Tables;
import io.messina.connect.scylla.offset.SliceOffset;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

/** Rows that are too large to be held all at once. */
class RoundsSizeTest {

  private static final String TOPIC = "p.ops.flights";
  private static final ByteBuffer LARGE = Tables.text("x".repeat(1 << 20));
  private static final int FITTING = 64;

  private final FakeTable table = new FakeTable(Tables.flights("a"));
  private final RoundsFixture rounds = new RoundsFixture(Tables.ID, table);

  private void write(int id, long micros) {
    table.logOnly(id, "x", micros, OperationType.ROW_INSERT);
    table.put(Tables.key(id, "x"), LARGE);
  }

  /** The ids of each round with any, up to a time. */
  private List<List<Integer>> ids(long millis) throws InterruptedException {
    List<List<Integer>> found = new ArrayList<>();
    for (long now = 600; now <= millis; now += 100) {
      List<Integer> ids = new ArrayList<>();
      for (SourceRecord event : rounds.round(now, TOPIC)) {
        ids.add(value(event).getStruct("after").getInt32("id"));
      }
      if (!ids.isEmpty()) {
        found.add(ids);
      }
    }
    return found;
  }

  /** A backlog of large rows comes in several rounds, each small enough, each row once. */
  @Test
  void backlogIsDivided() throws InterruptedException {
    for (int id = 0; id < 200; id++) {
      write(id, START + id * MS);
    }
    rounds.begin(SliceOffset.startingAt(START));
    List<List<Integer>> found = ids(4_000);
    assertTrue(found.stream().allMatch(ids -> ids.size() <= FITTING), found.toString());
    assertEquals(
        IntStream.range(0, 200).boxed().toList(),
        found.stream().flatMap(List::stream).sorted().toList());
  }

  /** What was written in one moment can't be divided, and comes as it is. */
  @Test
  void oneMomentComesWhole() throws InterruptedException {
    for (int id = 0; id < 100; id++) {
      write(id, START + 10 * MS);
    }
    write(100, START + 100 * MS);
    rounds.begin(SliceOffset.startingAt(START));
    List<List<Integer>> found = ids(4_000);
    assertEquals(List.of(100, 1), found.stream().map(List::size).toList());
  }

  /** Of a signal over large rows as many are read at a time as fit. */
  @Test
  void signalledRowsAreDivided() throws InterruptedException {
    Asked signals = new Asked(table);
    for (int id = 0; id < 200; id++) {
      table.put(Tables.key(id, "x"), LARGE);
      signals.next.add(Tables.key(id, "x"));
    }
    rounds.signals = signals;
    rounds.begin(SliceOffset.startingAt(START));
    List<List<Integer>> found = ids(10_000);
    assertTrue(found.stream().allMatch(ids -> ids.size() <= FITTING), found.toString());
    assertEquals(
        IntStream.range(0, 200).boxed().toList(),
        found.stream().flatMap(List::stream).sorted().toList());
  }

  /** A moment that only the second look sees, after an outage, comes whole too. */
  @Test
  void lateMomentComesWhole() throws InterruptedException {
    rounds.begin(SliceOffset.startingAt(START));
    rounds.round(600);
    for (int id = 0; id < 100; id++) {
      write(id, START + 10 * MS);
    }
    List<SourceRecord> late =
        assertTimeoutPreemptively(
            Duration.ofSeconds(20),
            () -> {
              List<SourceRecord> seen = new ArrayList<>();
              for (int i = 0; i < 20; i++) {
                seen.addAll(rounds.round(60_000, TOPIC));
              }
              return seen;
            });
    assertEquals(100, late.size());
  }

  /** A signalled row that is larger than all that fits is read, and said to be a gap. */
  @Test
  void hugeSignalledRowIsSeen() throws InterruptedException {
    Asked signals = new Asked(table);
    table.put(Tables.key(1, "x"), ByteBuffer.allocate((FITTING + 1) << 20));
    signals.next.add(Tables.key(1, "x"));
    rounds.signals = signals;
    rounds.begin(SliceOffset.startingAt(START));
    List<SourceRecord> gaps = new ArrayList<>();
    for (long now = 600; now <= 20_000; now += 100) {
      gaps.addAll(rounds.round(now, "p.gaps"));
    }
    assertEquals(List.of("unreadable"), gaps.stream().map(g -> value(g).get("kind")).toList());
    assertEquals(1, signals.emitted);
  }

  /** Signals of many slices share what fits. */
  @Test
  void signalledRowsOfSlicesFitTogether() throws InterruptedException {
    ByteBuffer huge = ByteBuffer.allocate((FITTING / 2 + 1) << 20);
    rounds.settings.put("max.row.bytes", String.valueOf(40 << 20));
    Asked signals = new Asked(table);
    for (int id = 0; id < 6; id++) {
      table.put(Tables.key(id, "x"), huge);
      signals.next.add(Tables.key(id, "x"));
    }
    rounds.signals = signals;
    rounds.begin(SliceOffset.startingAt(START));
    List<List<Integer>> found = ids(20_000);
    assertEquals(List.of(1, 1, 1, 1, 1, 1), found.stream().map(List::size).toList());
  }
}
