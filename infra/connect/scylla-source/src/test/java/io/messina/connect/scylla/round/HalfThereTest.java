package io.messina.connect.scylla.round;

import static io.messina.connect.scylla.round.RoundsFixture.MS;
import static io.messina.connect.scylla.round.RoundsFixture.START;
import static io.messina.connect.scylla.round.RoundsFixture.value;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.scylladb.cdc.model.worker.RawChange.OperationType;
import io.messina.connect.scylla.cql.Tables;
import io.messina.connect.scylla.offset.SliceOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class HalfThereTest {

  private final FakeTable table = new FakeTable(Tables.flights("a"));

  private List<String> ops() throws InterruptedException {
    RoundsFixture rounds = new RoundsFixture(Tables.ID, table);
    rounds.begin(SliceOffset.startingAt(START));
    return rounds.round(600, "p.ops.flights").stream()
        .filter(record -> record.value() != null)
        .map(HalfThereTest::op)
        .toList();
  }

  private static String op(SourceRecord record) {
    return value(record).getString("op");
  }

  /** A batch whose rows came while they were read goes out as a whole. */
  @Test
  void batchIsReadToItsEnd() throws InterruptedException {
    long time = START + 10 * MS;
    for (String leg : List.of("x", "y", "z")) {
      table.logOnly(1, leg, time, OperationType.ROW_INSERT);
    }
    AtomicInteger reads = new AtomicInteger();
    table.beforeRows(
        () -> {
          table.rowOnly(1, "z", "new");
          if (reads.getAndIncrement() > 0) {
            table.rowOnly(1, "x", "new");
            table.rowOnly(1, "y", "new");
          }
        });
    assertEquals(List.of("c", "c", "c"), ops());
    assertEquals(2, reads.get());
  }

  /** A row that stays away was deleted since, and a batch of which nothing is there has no hurry. */
  @Test
  void absentRowsAreDeletes() throws InterruptedException {
    table.logOnly(1, "x", START + 10 * MS, OperationType.ROW_INSERT);
    table.write(1, "y", "new", START + 10 * MS, OperationType.ROW_INSERT);
    table.logOnly(2, "x", START + 20 * MS, OperationType.ROW_INSERT);
    table.logOnly(2, "y", START + 20 * MS, OperationType.ROW_INSERT);
    AtomicInteger reads = new AtomicInteger();
    table.beforeRows(reads::incrementAndGet);
    assertEquals(List.of("c", "d", "d", "d"), ops().stream().sorted().toList());
    assertEquals(3, reads.get());
  }

  /** What the log says was deleted is read once. */
  @Test
  void deletesAreBelieved() throws InterruptedException {
    table.logOnly(1, "x", START + 10 * MS, OperationType.ROW_DELETE);
    table.write(1, "y", "new", START + 10 * MS, OperationType.ROW_INSERT);
    AtomicInteger reads = new AtomicInteger();
    table.beforeRows(reads::incrementAndGet);
    assertEquals(List.of("c", "d"), ops().stream().sorted().toList());
    assertEquals(1, reads.get());
  }
}
