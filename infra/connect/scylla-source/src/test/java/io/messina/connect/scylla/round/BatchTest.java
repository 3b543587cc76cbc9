package io.messina.connect.scylla.round;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class BatchTest {

  private static SourceRecord record(Object value) {
    return new SourceRecord(Map.of(), Map.of(), "t", null, value);
  }

  /** A round of any usual size is one transaction: its last batch commits, no other. */
  @Test
  void lastBatchCommits() {
    List<SourceRecord> records = new ArrayList<>();
    for (int i = 0; i < 2_500; i++) {
      records.add(record(i));
    }
    List<Batch> batches = Batch.of(new Round(records));
    assertEquals(List.of(false, false, true), batches.stream().map(Batch::commit).toList());
    assertEquals(records, batches.stream().flatMap(b -> b.records().stream()).toList());
  }

  /** A very large round is cut between batches. */
  @Test
  void largeRoundIsCut() {
    List<SourceRecord> records = new ArrayList<>();
    for (int i = 0; i < Batch.TRANSACTION + 1; i++) {
      records.add(record(i));
    }
    List<Batch> batches = Batch.of(new Round(records));
    assertEquals(2, batches.stream().filter(Batch::commit).count());
    assertTrue(batches.get(batches.size() - 1).commit());
  }

  /** A delete and its tombstone are never in two batches. */
  @Test
  void tombstoneStaysWithItsDelete() {
    List<SourceRecord> records = new ArrayList<>();
    for (int i = 0; i < Batch.SIZE - 1; i++) {
      records.add(record(i));
    }
    records.add(record("delete"));
    records.add(record(null));
    assertEquals(1, Batch.of(new Round(records)).size());
  }

  /** A round without records makes no transaction. */
  @Test
  void emptyRoundIsNoTransaction() {
    assertEquals(List.of(), Batch.of(new Round(List.of())));
  }
}
