package io.messina.connect.scylla.event;

import io.messina.connect.scylla.cql.LogEntry;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.ring.TokenRange;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Where a gap lies.
 *
 * @param statics whether it is about the partition's static row
 * @param partitionKey the partition it is about; empty for a part of the ring
 * @param from where in the partition it begins; nothing for the first row
 * @param to where in the partition it ends; nothing for the last row
 * @param tokens the part of the ring it is about, where it is not about one partition
 */
public record Place(
    boolean statics,
    List<ByteBuffer> partitionKey,
    Optional<Bound> from,
    Optional<Bound> to,
    Optional<TokenRange> tokens) {

  /**
   * Where a range of rows begins or ends.
   *
   * @param prefix the values of the first clustering columns, one at least
   * @param inclusive whether rows with this prefix are in the range
   */
  public record Bound(List<ByteBuffer> prefix, boolean inclusive) {}

  /** A row, or a static row. */
  static Place of(TableSchema schema, RowKey key) {
    int partition = schema.partitionKey().size();
    List<ByteBuffer> clustering = key.parts().subList(partition, key.parts().size());
    Optional<Bound> both =
        clustering.isEmpty() ? Optional.empty() : Optional.of(new Bound(clustering, true));
    return new Place(
        key.kind() == RowKey.Kind.STATIC,
        key.parts().subList(0, partition),
        both,
        both,
        Optional.empty());
  }

  /** The rows of a partition between two bounds; what is not there is open. */
  static Place between(TableSchema schema, Optional<LogEntry> left, Optional<LogEntry> right) {
    LogEntry any = left.or(() -> right).orElseThrow();
    return new Place(
        false,
        List.copyOf(any.key().subList(0, schema.partitionKey().size())),
        left.flatMap(entry -> bound(schema, entry)),
        right.flatMap(entry -> bound(schema, entry)),
        Optional.empty());
  }

  /** A part of the ring. */
  static Place of(TokenRange tokens) {
    return new Place(false, List.of(), Optional.empty(), Optional.empty(), Optional.of(tokens));
  }

  private static Optional<Bound> bound(TableSchema schema, LogEntry entry) {
    List<ByteBuffer> clustering =
        entry.key().subList(schema.partitionKey().size(), schema.key().size());
    int open = clustering.indexOf(null);
    List<ByteBuffer> prefix = open < 0 ? clustering : clustering.subList(0, open);
    return prefix.isEmpty()
        ? Optional.empty()
        : Optional.of(new Bound(List.copyOf(prefix), entry.isInclusive()));
  }

  /** All of it into a digest. */
  void addTo(Digest digest) {
    digest.add(statics ? 1 : 0).add(partitionKey);
    for (Optional<Bound> bound : List.of(from, to)) {
      digest.add(bound.isPresent() ? 1 : 0);
      bound.ifPresent(known -> digest.add(known.inclusive() ? 1 : 0).add(known.prefix()));
    }
    tokens.ifPresent(range -> digest.add(range.first()).add(range.last()));
  }
}
