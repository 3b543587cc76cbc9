package io.messina.connect.scylla.cql;

import com.scylladb.cdc.model.StreamId;
import io.messina.connect.scylla.ring.TokenRange;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A CDC generation: the streams that take the log of all writes from one time on, until the next
 * generation.
 *
 * @param start its first microsecond
 * @param ranges which streams hold which part of the ring
 */
public record Generation(long start, List<Range> ranges) {

  /**
   * Streams that share a part of the ring, {@code (after, upTo]}.
   *
   * @param after the token before the first
   * @param upTo the last token
   * @param streams one stream per shard for vnodes, one for a tablet
   */
  public record Range(long after, long upTo, Set<StreamId> streams) {}

  /**
   * A generation from the ends of its ranges: each begins where the one before ends, the first
   * wraps.
   *
   * @throws NoGenerationException without any: taken for known, its log would never be read
   */
  public static Generation of(long start, TreeMap<Long, Set<StreamId>> byRangeEnd) {
    if (byRangeEnd.isEmpty()) {
      throw new NoGenerationException(start);
    }
    return new Generation(
        start,
        byRangeEnd.entrySet().stream()
            .map(
                entry -> {
                  Long before = byRangeEnd.lowerKey(entry.getKey());
                  long after = before == null ? byRangeEnd.lastKey() : before;
                  return new Range(after, entry.getKey(), entry.getValue());
                })
            .toList());
  }

  /** The streams that hold the log of a slice's keys. */
  public Set<StreamId> streams(Collection<TokenRange> slices) {
    Set<StreamId> streams = new TreeSet<>();
    for (Range range : ranges) {
      if (slices.stream().anyMatch(slice -> slice.meets(range.after, range.upTo))) {
        streams.addAll(range.streams);
      }
    }
    return streams;
  }

  /** Whether it takes writes of a window, given the start of the next generation. */
  boolean covers(Window window, long next) {
    return start < window.to() && next > window.from();
  }
}
