package io.messina.connect.scylla.round;

import java.util.ArrayList;
import java.util.List;
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
   * large.
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
      uncommitted += to - from;
      boolean commit = to == records.size() || uncommitted >= TRANSACTION;
      batches.add(new Batch(List.copyOf(records.subList(from, to)), commit));
      uncommitted = commit ? 0 : uncommitted;
      from = to;
    }
    return batches;
  }
}
