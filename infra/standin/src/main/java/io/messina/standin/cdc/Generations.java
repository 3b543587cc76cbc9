package io.messina.standin.cdc;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.cassandra.exceptions.InvalidRequestException;

/** The CDC generations by the microsecond from which each is in use. */
public final class Generations {

  private static final long LEEWAY_MICROS = 5_000_000;
  private static final long MICROS_PER_MILLI = 1_000;

  private static volatile Generations current;

  private final NavigableMap<Long, StreamRing> rings = new TreeMap<>();

  /** Takes the generations by the millisecond from which each is in use. */
  public Generations(Map<Long, StreamRing> byMillis) {
    byMillis.forEach((millis, ring) -> rings.put(millis * MICROS_PER_MILLI, ring));
  }

  /** The generations of this server. */
  static Generations current() {
    return current;
  }

  /** Makes these the generations of this server. */
  void use() {
    current = this;
  }

  /** The ring in use now. */
  StreamRing newest() {
    return rings.lastEntry().getValue();
  }

  /**
   * Returns the stream for a change of a token with a write timestamp. As in ScyllaDB, a timestamp
   * that lies too far ahead, or before the current generation, is refused.
   */
  public StreamId streamFor(long writeMicros, long token, long nowMicros) {
    if (writeMicros > nowMicros + LEEWAY_MICROS) {
      throw refuse("future", "arbitrarily into the future", writeMicros, nowMicros);
    }
    Map.Entry<Long, StreamRing> generation = rings.floorEntry(writeMicros);
    boolean outdated = generation == null || generation.getKey() < currentStart(nowMicros);
    if (writeMicros <= nowMicros - LEEWAY_MICROS && outdated) {
      throw refuse("past", "too far into the past", writeMicros, nowMicros);
    }
    StreamRing ring = (generation == null ? rings.firstEntry() : generation).getValue();
    return ring.streamFor(token);
  }

  private long currentStart(long nowMicros) {
    Long start = rings.floorKey(nowMicros);
    return start == null ? rings.firstKey() : start;
  }

  private static InvalidRequestException refuse(
      String where, String how, long writeMicros, long nowMicros) {
    return new InvalidRequestException(
        String.format(
            "cdc: attempted to get a stream \"from the %s\" (%d; current server time: %d)."
                + " With CDC you cannot send writes with timestamps %s.",
            where, writeMicros, nowMicros, how));
  }
}
