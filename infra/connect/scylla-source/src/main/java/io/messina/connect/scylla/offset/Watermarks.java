package io.messina.connect.scylla.offset;

import io.messina.connect.scylla.cql.RowKey.Kind;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Up to where each slice is out, of committed rounds only.
 *
 * <p>The rounds' thread says what it emitted, Connect's thread what was committed, and the thread
 * that reads Kafka where the partitions ended before; a mark that is due speaks of what all had said
 * before the round it rides in.
 */
public final class Watermarks {

  private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(900);

  /**
   * What a watermark record says.
   *
   * @param upTo how far the slice is out
   * @param lastOffset the offset of its last record in the table's topic, -1 where it has none, null
   *     where that is not known yet
   * @param staticLastOffset the same in the topic of its static rows, null also where there is no
   *     such topic
   */
  public record Mark(SliceOffset upTo, Long lastOffset, Long staticLastOffset) {}

  private static final class State {
    private SliceOffset emittedUpTo;
    private SliceOffset committedUpTo;
    private long emitted;
    private long committed;
    private final Map<Kind, Long> last = new EnumMap<>(Kind.class);
    private boolean endsKnown;
    private long nextDue;

    private void last(Kind kind, Long kafkaOffset) {
      if (kafkaOffset != null) {
        last.merge(kind, kafkaOffset, Math::max);
      }
    }
  }

  private final boolean endsAwaited;
  private final Map<SliceId, State> states = new HashMap<>();

  /**
   * Marks of no slice yet.
   *
   * @param endsAwaited whether somebody finds out where the partitions ended before ({@link
   *     #ended}); no offset is known until then. Otherwise it is from the task's own first record on
   */
  public Watermarks(boolean endsAwaited) {
    this.endsAwaited = endsAwaited;
  }

  /** Begins with a slice as its task found it. */
  public synchronized void begin(SliceId slice, SliceOffset offset) {
    State state = new State();
    state.emittedUpTo = offset;
    state.committedUpTo = offset;
    state.endsKnown = !endsAwaited;
    state.nextDue = System.nanoTime();
    states.put(slice, state);
  }

  /**
   * Where the slice's partitions ended before this task's own records, or amid them.
   *
   * @param rows the offset of its last record in the table's topic, -1 where it has none
   * @param statics the same in the topic of its static rows, or null where there is no such topic
   */
  public synchronized void ended(SliceId slice, long rows, Long statics) {
    State state = states.get(slice);
    state.last(Kind.ROW, rows);
    state.last(Kind.STATIC, statics);
    state.endsKnown = true;
  }

  /**
   * The slice has come so far in a round, with so many records that wait for their commit: events of
   * rows and static rows, and gaps.
   */
  public synchronized void emitted(SliceId slice, SliceOffset offset, int records) {
    State state = states.get(slice);
    state.emittedUpTo = offset;
    state.emitted += records;
  }

  /**
   * One of those records was committed.
   *
   * @param kind what it is an event of, or null for a gap
   * @param kafkaOffset where it lies in its Kafka partition, or null where it was filtered out
   */
  public synchronized void committed(
      SliceId slice, SliceOffset offset, Kind kind, Long kafkaOffset) {
    State state = states.get(slice);
    state.committed++;
    if (offset.fastUntil() > state.committedUpTo.fastUntil()
        || offset.sweptUntil() > state.committedUpTo.sweptUntil()) {
      state.committedUpTo = offset;
    }
    if (kind != null) {
      state.last(kind, kafkaOffset);
    }
  }

  /** How many records of the slice were emitted since its task began. */
  public synchronized long emitted(SliceId slice) {
    return states.get(slice).emitted;
  }

  /** Whether the first so many records of the slice are committed. */
  public synchronized boolean isCommitted(SliceId slice, long records) {
    return states.get(slice).committed >= records;
  }

  /**
   * The offset of the slice's last committed record of a kind, or nothing where that is unknown, or
   * there is none.
   */
  public synchronized Optional<Long> lastOffset(SliceId slice, Kind kind) {
    return Optional.ofNullable(states.get(slice).last.get(kind)).filter(offset -> offset >= 0);
  }

  /**
   * The slice's mark where it is time for one: at once after the start, then about every second.
   */
  public synchronized Optional<Mark> due(SliceId slice, long nanoTime) {
    State state = states.get(slice);
    if (nanoTime - state.nextDue < 0) {
      return Optional.empty();
    }
    state.nextDue = nanoTime + EVERY_NANOS;
    SliceOffset upTo =
        state.committed == state.emitted ? state.emittedUpTo : state.committedUpTo;
    return Optional.of(
        state.endsKnown
            ? new Mark(upTo, state.last.get(Kind.ROW), state.last.get(Kind.STATIC))
            : new Mark(upTo, null, null));
  }
}
