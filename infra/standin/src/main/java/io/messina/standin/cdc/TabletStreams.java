package io.messina.standin.cdc;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.apache.cassandra.exceptions.InvalidRequestException;

/**
 * The stream sets of one table with tablets, by the microsecond from which each is in use. Every
 * tablet has one stream, whose id begins with the tablet's last token.
 */
final class TabletStreams implements Streams {

  private final NavigableMap<Long, StreamRing> sets = new TreeMap<>();

  /** Takes the sets by the millisecond from which each is in use. */
  TabletStreams(Map<Long, StreamRing> byMillis) {
    byMillis.forEach((millis, ring) -> sets.put(millis * MICROS_PER_MILLI, ring));
  }

  /** These sets and one more. */
  TabletStreams with(long millis, StreamRing ring) {
    TabletStreams more = new TabletStreams(Map.of(millis, ring));
    more.sets.putAll(sets);
    return more;
  }

  /** The millisecond from which the newest set is in use. */
  long newestStart() {
    return sets.lastKey() / MICROS_PER_MILLI;
  }

  /** The newest set. */
  StreamRing newest() {
    return sets.lastEntry().getValue();
  }

  /** As in ScyllaDB, any set that was ever in use can be written to, by an old timestamp. */
  @Override
  public StreamId streamFor(long writeMicros, long token, long nowMicros) {
    Streams.refuseFuture(writeMicros, nowMicros);
    Map.Entry<Long, StreamRing> set = sets.floorEntry(writeMicros);
    if (set == null) {
      throw new InvalidRequestException(
          "cdc::metadata::get_stream: could not find any CDC streams for timestamp " + writeMicros);
    }
    return set.getValue().streamFor(token);
  }

  /** The streams of {@code ring} that are not in {@code other}; all when there is no other. */
  static Set<StreamId> difference(StreamRing ring, StreamRing other) {
    Set<StreamId> streams = idsOf(ring);
    if (other != null) {
      streams.removeAll(idsOf(other));
    }
    return streams;
  }

  /** All streams of a ring. */
  static Set<StreamId> idsOf(StreamRing ring) {
    Set<StreamId> ids = new HashSet<>();
    for (List<StreamId> streams : ring.vnodes().values()) {
      ids.addAll(streams);
    }
    return ids;
  }
}
