package io.messina.connect.scylla.cql;

import com.scylladb.cdc.model.StreamId;
import io.messina.connect.scylla.offset.Micros;
import io.messina.connect.scylla.ring.TokenRange;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The CDC generations, asked for again and again, so that a new one is followed while running.
 *
 * <p><b>Why no window misses a stream.</b> A write with timestamp t goes to a stream of the
 * generation that is in force at t: the latest that begins at t or before. So the log of a window
 * [a, b) lies in the streams of each generation that begins before b and whose successor, if any,
 * begins after a. The question is whether all generations that begin before b are known when the
 * window is read.
 *
 * <p>A node puts a write into a stream of a generation only after it has learnt of the generation,
 * and it learns of it when, or after, it is put into the tables that are asked here. ScyllaDB
 * announces one ahead of its begin, by twice the ring delay; then any question after a's clock time
 * would do. A generation may also begin at once, as the stand-in's do, or on a ScyllaDB that runs
 * with a ring delay of zero. Therefore a window is not read before the generations were asked for
 * <i>after its end</i>: whatever write of the window the first look can see, was made, by clocks
 * that agree to within the confidence, by a node that had learnt of its generation before that
 * question. A write with a timestamp in the window that is made, or lands, later than the question
 * is late by any account, and belongs to the second look; that asks again, as no answer is used for
 * longer than a second. So the second look sees the streams of all generations, old and new, that
 * were known a safe confidence after the window's end.
 *
 * <p>What is pruned is what only windows before the second look's progress could need. Should one be
 * asked for all the same, as offsets can be set back, it is read again.
 */
final class Generations {

  private static final Logger LOG = LoggerFactory.getLogger(Generations.class);
  private static final long GOOD_FOR_MICROS = 1_000_000;

  private final GenerationSource source;
  private final LongSupplier clock;
  private final TreeMap<Long, Generation> known = new TreeMap<>();
  private long knownFrom = Long.MAX_VALUE;
  private long askedAt = Long.MIN_VALUE;

  Generations(GenerationSource source) {
    this(source, Micros::now);
  }

  /** With another clock, which tells microseconds since 1970. */
  Generations(GenerationSource source, LongSupplier clock) {
    this.source = source;
    this.clock = clock;
  }

  /** The streams that may hold log rows of these slices in this window. */
  Set<StreamId> streams(Window window, Collection<TokenRange> slices) {
    long now = clock.getAsLong();
    boolean stale = askedAt < window.to() || askedAt > now || now - askedAt > GOOD_FOR_MICROS;
    if (stale || window.from() < knownFrom) {
      ask(now, Math.min(window.from(), knownFrom));
    }
    Set<StreamId> streams = new TreeSet<>();
    for (Map.Entry<Long, Generation> entry : known.entrySet()) {
      Long next = known.higherKey(entry.getKey());
      if (entry.getValue().covers(window, next == null ? Long.MAX_VALUE : next)) {
        streams.addAll(entry.getValue().streams(slices));
      }
    }
    return streams;
  }

  /** Forgets the generations that ended before a time, up to which no window will begin. */
  void forgetBefore(long micros) {
    Long inForce = known.floorKey(micros);
    if (inForce != null && known.firstKey() < inForce) {
      known.headMap(inForce).clear();
    }
    if (knownFrom != Long.MAX_VALUE) {
      knownFrom = Math.max(knownFrom, micros);
    }
  }

  /** Forgets all of them: they may be another table's. */
  void forget() {
    known.clear();
    knownFrom = Long.MAX_VALUE;
    askedAt = Long.MIN_VALUE;
  }

  /** How many generations are known. */
  int size() {
    return known.size();
  }

  private void ask(long now, long from) {
    SortedSet<Long> starts = source.starts();
    if (starts.isEmpty()) {
      throw new NoGenerationException(source.name());
    }
    SortedSet<Long> upToFrom = starts.headSet(from + 1);
    for (long start : upToFrom.isEmpty() ? starts : starts.tailSet(upToFrom.last())) {
      // One that is announced and has not begun is asked for again, once a window can need it.
      if (start <= now && !known.containsKey(start)) {
        Generation generation = source.read(start);
        known.put(start, generation);
        LOG.info(
            "CDC generation of {} for {}, {} ranges of streams",
            Micros.text(start),
            source.name(),
            generation.ranges().size());
      }
    }
    knownFrom = from;
    askedAt = now;
  }
}
