package io.messina.connect.scylla.round;

import io.messina.connect.scylla.event.EventRecords;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * What one {@code poll} returns.
 *
 * @param records some records of a round, in order
 * @param commit whether the transaction ends with them
 * @param ahead where a transaction begins with them, a record of each schema that it has; else none
 */
public record Batch(List<SourceRecord> records, boolean commit, List<SourceRecord> ahead) {

  static final int SIZE = 1_000;
  static final int TRANSACTION = 50_000;

  /**
   * A round in batches; the last one commits, and one now and then before where the round is very
   * large: never between two rows of one write, such as a batch within a partition.
   */
  static List<Batch> of(Round round) {
    List<Batch> batches = new ArrayList<>();
    List<SourceRecord> records = round.records();
    int uncommitted = 0;
    int begins = 0;
    int first = 0;
    for (int from = 0; from < records.size(); ) {
      int to = Math.min(from + SIZE, records.size());
      // A delete and its tombstone stay together.
      while (to < records.size() && records.get(to).value() == null) {
        to++;
      }
      if (uncommitted + to - from >= TRANSACTION) {
        while (to < records.size() && ofOneWrite(records.get(to - 1), records.get(to))) {
          to++;
        }
      }
      uncommitted += to - from;
      boolean commit = to == records.size() || uncommitted >= TRANSACTION;
      batches.add(new Batch(List.copyOf(records.subList(from, to)), commit, List.of()));
      from = to;
      if (commit) {
        Batch opening = batches.get(first);
        List<SourceRecord> ahead = ofEachSchema(records.subList(begins, to));
        batches.set(first, new Batch(opening.records(), opening.commit(), ahead));
        uncommitted = 0;
        begins = to;
        first = batches.size();
      }
    }
    return batches;
  }

  private static List<SourceRecord> ofEachSchema(List<SourceRecord> records) {
    Map<String, Set<Schema>> seen = new HashMap<>();
    List<SourceRecord> found = new ArrayList<>();
    for (SourceRecord record : records) {
      // by identity: records of a table mostly share the very objects, and there are many of them
      Set<Schema> known =
          seen.computeIfAbsent(
              record.topic(), topic -> Collections.newSetFromMap(new IdentityHashMap<>()));
      if (known.add(record.keySchema()) | known.add(record.valueSchema())) {
        found.add(record);
      }
    }
    return List.copyOf(found);
  }

  /** Whether two neighbours speak of one write: a tombstone of its delete, too. */
  private static boolean ofOneWrite(SourceRecord one, SourceRecord next) {
    Object write = write(one);
    return write != null
        && write.equals(write(next))
        && Objects.equals(one.sourcePartition(), next.sourcePartition());
  }

  private static Object write(SourceRecord record) {
    Header header = record.headers().lastWithName(EventRecords.CORRELATION_ID);
    return header == null ? null : header.value();
  }
}
