package io.messina.connect.scylla.offset;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Up to where each slice is out, of committed rounds only.
 *
 * <p>The rounds' thread says what it emitted, Connect's thread what was committed; a mark that is
 * due speaks of what both had said before the round it rides in.
 */
public final class Watermarks {

  private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(900);

  /**
   * What a watermark record says.
   *
   * @param upTo how far the slice is out
   * @param lastOffset the offset of its last data record in Kafka, or null where this task has not
   *     seen one yet
   */
  public record Mark(SliceOffset upTo, Long lastOffset) {}

  private static final class State {
    private SliceOffset emitted;
    private SliceOffset committed;
    private int uncommitted;
    private Long lastOffset;
    private long nextDue;
  }

  private final Map<SliceId, State> states = new HashMap<>();

  /** Begins with a slice as its task found it. */
  public synchronized void begin(SliceId slice, SliceOffset offset) {
    State state = new State();
    state.emitted = offset;
    state.committed = offset;
    state.nextDue = System.nanoTime();
    states.put(slice, state);
  }

  /** The slice has come so far in a round, with so many data records that wait for their commit. */
  public synchronized void emitted(SliceId slice, SliceOffset offset, int records) {
    State state = states.get(slice);
    state.emitted = offset;
    state.uncommitted += records;
  }

  /**
   * A data record was committed.
   *
   * @param kafkaOffset where it lies in its Kafka partition, or null where it was filtered out
   */
  public synchronized void committed(SliceId slice, SliceOffset offset, Long kafkaOffset) {
    State state = states.get(slice);
    state.uncommitted--;
    if (offset.fastUntil() > state.committed.fastUntil()
        || offset.sweptUntil() > state.committed.sweptUntil()) {
      state.committed = offset;
    }
    if (kafkaOffset != null && (state.lastOffset == null || kafkaOffset > state.lastOffset)) {
      state.lastOffset = kafkaOffset;
    }
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
    SliceOffset upTo = state.uncommitted == 0 ? state.emitted : state.committed;
    return Optional.of(new Mark(upTo, state.lastOffset));
  }
}
