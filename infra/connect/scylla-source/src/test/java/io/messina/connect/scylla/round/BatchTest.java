package io.messina.connect.scylla.round;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.event.EventRecords;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
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

  /** Where a very large round is cut, all rows of one write stay in one transaction. */
  @Test
  void cutSparesWrites() {
    List<SourceRecord> records = new ArrayList<>();
    for (int i = 0; i < 2 * Batch.TRANSACTION; i++) {
      records.add(record(i, "write " + i / 70));
    }
    List<Object> endings = new ArrayList<>();
    int at = 0;
    for (Batch batch : Batch.of(new Round(records))) {
      at += batch.records().size();
      if (batch.commit() && at < records.size()) {
        endings.add(writeOf(records.get(at - 1)).equals(writeOf(records.get(at))));
      }
    }
    assertEquals(List.of(false), endings);
  }

  private static SourceRecord record(Object value, String write) {
    SourceRecord record = record(value);
    record.headers().addString(EventRecords.CORRELATION_ID, write);
    return record;
  }

  private static Object writeOf(SourceRecord record) {
    return record.headers().lastWithName(EventRecords.CORRELATION_ID).value();
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

  /** The first batch of each transaction says which schemas all of it has, once each. */
  @Test
  void firstBatchKnowsTheSchemasAhead() {
    Schema row = SchemaBuilder.struct().name("row").build();
    Schema other = SchemaBuilder.struct().name("other").build();
    List<SourceRecord> records = new ArrayList<>();
    for (int i = 0; i < Batch.TRANSACTION + 2_500; i++) {
      Schema schema = i == Batch.TRANSACTION - 1 || i >= Batch.TRANSACTION + 2_000 ? other : row;
      records.add(new SourceRecord(Map.of(), Map.of(), "t", null, null, null, schema, i));
    }
    List<Batch> batches = Batch.of(new Round(records));
    List<List<Object>> ahead =
        batches.stream()
            .filter(batch -> !batch.ahead().isEmpty())
            .map(batch -> batch.ahead().stream().map(SourceRecord::value).toList())
            .toList();
    List<Object> first = List.of(0, Batch.TRANSACTION - 1);
    List<Object> second = List.of(Batch.TRANSACTION, Batch.TRANSACTION + 2_000);
    assertEquals(List.of(first, second), ahead);
    assertEquals(2, batches.get(0).ahead().size());
    assertTrue(batches.get(0).records().size() < records.size());
  }

  /** A round without records makes no transaction. */
  @Test
  void emptyRoundIsNoTransaction() {
    assertEquals(List.of(), Batch.of(new Round(List.of())));
  }
}
