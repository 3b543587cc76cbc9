package io.messina.connect.scylla.round;

import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.cql.Window;
import io.messina.connect.scylla.look.Stride;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * Says which windows are due.
 *
 * <p>Far behind, after an outage, the second look comes first: once nothing is left between the
 * two, a first look that is older than the safe confidence is a second look as well, and the
 * backlog is read once.
 */
final class Planner {

  private static final long SHORTEST_SWEEP = 1_000_000;

  private final SourceConfig config;
  private final Stride firstStride;
  private final Stride secondStride;

  Planner(SourceConfig config) {
    this.config = config;
    this.firstStride = new Stride(config.windowMicros());
    this.secondStride = new Stride(Math.max(config.windowMicros(), SHORTEST_SWEEP));
  }

  /** The time at which the next window of the first look can be read. */
  long nextDue(Map<SliceId, SliceOffset> progress) {
    return least(progress, SliceOffset::fastUntil)
        + config.windowMicros()
        + config.confidenceMicros();
  }

  /** The round that is due at a time, or none. */
  Optional<Plan> plan(Map<SliceId, SliceOffset> progress, long now) {
    long fast = least(progress, SliceOffset::fastUntil);
    long swept = least(progress, SliceOffset::sweptUntil);
    long safe = now - config.safeConfidenceMicros();
    if (swept < fast && fast <= safe) {
      firstStride.rest();
      long second = secondStride.upTo(swept, fast).to();
      return Optional.of(plan(progress, Long.MIN_VALUE, second, safe));
    }
    Optional<Window> first = firstStride.next(fast, now - config.confidenceMicros());
    if (first.isEmpty()) {
      return Optional.empty();
    }
    Optional<Window> second = secondStride.next(swept, Math.min(safe, fast));
    long secondTo = second.map(Window::to).orElse(Long.MIN_VALUE);
    return Optional.of(plan(progress, first.get().to(), secondTo, safe));
  }

  /** Takes note of how many log rows a round saw, and whether its rows left little room. */
  void observe(int rows, boolean full) {
    firstStride.observe(rows, full);
    secondStride.observe(rows, full);
  }

  /** A round was too large: its windows are shorter the next time, where they can be. */
  boolean shorten() {
    boolean first = firstStride.shorten();
    return secondStride.shorten() || first;
  }

  private Plan plan(Map<SliceId, SliceOffset> progress, long firstTo, long secondTo, long safe) {
    Map<SliceId, Window> firsts = new HashMap<>();
    Map<SliceId, Window> seconds = new HashMap<>();
    Map<SliceId, SliceOffset> reached = new LinkedHashMap<>();
    progress.forEach(
        (slice, offset) -> {
          Window first = rest(offset.fastUntil(), firstTo);
          Window second = rest(offset.sweptUntil(), Math.min(secondTo, offset.fastUntil()));
          firsts.put(slice, first);
          seconds.put(slice, second);
          reached.put(slice, reach(offset, first.to(), second.to(), safe));
        });
    return new Plan(new Look(firsts, firstStride), new Look(seconds, secondStride), reached);
  }

  private static Window rest(long from, long to) {
    return new Window(from, Math.max(from, to));
  }

  private static SliceOffset reach(SliceOffset before, long fast, long swept, long safe) {
    boolean both = swept == before.fastUntil() && fast <= safe;
    return before.withTimes(fast, both ? fast : swept);
  }

  private static long least(Map<SliceId, SliceOffset> progress, ToLongFunction<SliceOffset> what) {
    return progress.values().stream().mapToLong(what).min().orElseThrow();
  }
}
