package io.messina.standin.cdc;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** The CDC generations by the microsecond from which each is in use. */
public final class Generations implements Streams {

  /** Writers share it while they choose their streams; a new generation takes it alone. */
  private static final ReadWriteLock CHOICE = new ReentrantReadWriteLock();

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

  /** Held while a write chooses its streams. */
  static Lock choosing() {
    return CHOICE.readLock();
  }

  /** The first whole millisecond that has not begun: no write has had a later time. */
  static long nextMilli() {
    return System.currentTimeMillis() + 1;
  }

  /** Held while a generation begins: no write then chooses a stream by what was before. */
  static Lock beginning() {
    return CHOICE.writeLock();
  }

  /** The ring of the newest generation. */
  StreamRing newest() {
    return rings.lastEntry().getValue();
  }

  /** The millisecond from which the newest generation is in use. */
  long newestStart() {
    return rings.lastKey() / MICROS_PER_MILLI;
  }

  /** These generations and one more. */
  Generations with(long millis, StreamRing ring) {
    Generations more = new Generations(Map.of(millis, ring));
    more.rings.putAll(rings);
    return more;
  }

  /**
   * Returns the stream for a change of a token with a write timestamp. As in ScyllaDB, a timestamp
   * that lies too far ahead, or before the current generation, is refused.
   */
  @Override
  public StreamId streamFor(long writeMicros, long token, long nowMicros) {
    Streams.refuseFuture(writeMicros, nowMicros);
    Map.Entry<Long, StreamRing> generation = rings.floorEntry(writeMicros);
    boolean outdated = generation == null || generation.getKey() < currentStart(nowMicros);
    if (writeMicros <= nowMicros - LEEWAY_MICROS && outdated) {
      throw Streams.refusal("past", "too far into the past", writeMicros, nowMicros);
    }
    StreamRing ring = (generation == null ? rings.firstEntry() : generation).getValue();
    return ring.streamFor(token);
  }

  private long currentStart(long nowMicros) {
    Long start = rings.floorKey(nowMicros);
    return start == null ? rings.firstKey() : start;
  }
}
