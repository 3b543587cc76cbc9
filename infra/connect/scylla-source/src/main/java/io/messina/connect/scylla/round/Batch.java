package io.messina.connect.scylla.round;

import io.messina.connect.scylla.event.EventRecords;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * What one {@code poll} returns.
 *
 * @param records some records of a round, in order
 * @param commit whether the transaction ends with them
 */
public record Batch(List<SourceRecord> records, boolean commit) {

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
      batches.add(new Batch(List.copyOf(records.subList(from, to)), commit));
      uncommitted = commit ? 0 : uncommitted;
      from = to;
    }
    return batches;
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
