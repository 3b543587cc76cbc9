package io.messina.connect.scylla.round;

import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.cql.TooManyRowsException;
import io.messina.connect.scylla.event.Event;
import io.messina.connect.scylla.event.EventRecords;
import io.messina.connect.scylla.event.WatermarkRecords;
import io.messina.connect.scylla.look.Stride;
import io.messina.connect.scylla.look.Window;
import io.messina.connect.scylla.ring.Slices;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.connect.source.SourceRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the rounds of a task: one window over all its slices, then the records of one transaction.
 *
 * <p>Nothing changes here until all reads of a round are done, so a round that failed is simply made again.
 */
public final class Rounds {

  private static final Logger LOG = LoggerFactory.getLogger(Rounds.class);
  private static final long SHORTEST_SWEEP = 1_000_000;

  /** What a round is to see, and where each slice is after it. */
  private record Plan(Look first, Look second, Map<SliceId, SliceOffset> reached) {}

  private final SourceConfig config;
  private final Map<SliceId, SliceOffset> progress;
  private final List<TableRound> tables = new ArrayList<>();
  private final Stride firstStride;
  private final Stride secondStride;
  private final EventRecords eventRecords;
  private final WatermarkRecords watermarkRecords;
  private final Watermarks watermarks;

  /**
   * Rounds over some slices.
   *
   * @param progress where each slice stands
   * @param sources how to read each table
   */
  public Rounds(
      SourceConfig config,
      Map<SliceId, SliceOffset> progress,
      Function<TableId, TableSource> sources,
      Watermarks watermarks,
      long epoch) {
    this.config = config;
    this.progress = new LinkedHashMap<>(progress);
    this.watermarks = watermarks;
    this.firstStride = new Stride(config.windowMicros());
    this.secondStride = new Stride(Math.max(config.windowMicros(), SHORTEST_SWEEP));
    this.eventRecords = new EventRecords(config.topicPrefix());
    this.watermarkRecords = new WatermarkRecords(config.watermarksTopic(), epoch);
    Slices ring = new Slices(config.slices());
    progress.keySet().stream()
        .collect(Collectors.groupingBy(SliceId::table, LinkedHashMap::new, Collectors.toList()))
        .forEach((table, owned) -> tables.add(new TableRound(table, sources.apply(table), ring, owned)));
  }

  /** The time at which the next window of the first look can be read. */
  public long nextDue() {
    return from(SliceOffset::fastUntil) + config.windowMicros() + config.confidenceMicros();
  }

  /** Makes the round that is due at a time, or none. */
  public Optional<Round> next(long now) throws InterruptedException {
    while (true) {
      Optional<Plan> plan = plan(now);
      try {
        return plan.isEmpty() ? Optional.empty() : Optional.of(make(plan.get()));
      } catch (TooManyRowsException e) {
        LOG.info("Reading a shorter window: {}", e.getMessage());
      }
    }
  }

  private Optional<Plan> plan(long now) {
    long oldest = from(SliceOffset::fastUntil);
    Optional<Window> first = firstStride.next(oldest, now - config.confidenceMicros());
    if (first.isEmpty()) {
      return Optional.empty();
    }
    long safe = now - config.safeConfidenceMicros();
    Optional<Window> second = secondStride.next(from(SliceOffset::sweptUntil), Math.min(safe, oldest));
    Map<SliceId, Window> firsts = new HashMap<>();
    Map<SliceId, Window> seconds = new HashMap<>();
    Map<SliceId, SliceOffset> reached = new LinkedHashMap<>();
    progress.forEach(
        (slice, offset) -> {
          firsts.put(slice, rest(offset.fastUntil(), first.get().to()));
          seconds.put(slice, rest(offset.sweptUntil(), second.map(Window::to).orElse(Long.MIN_VALUE)));
          reached.put(slice, reach(offset, firsts.get(slice).to(), seconds.get(slice).to(), safe));
        });
    return Optional.of(new Plan(new Look(firsts, firstStride), new Look(seconds, secondStride), reached));
  }

  private Round make(Plan plan) throws InterruptedException {
    Map<TableRound, List<Event>> found = new LinkedHashMap<>();
    for (TableRound table : tables) {
      found.put(table, table.read(plan.first(), plan.second()));
    }
    int rows = tables.stream().mapToInt(TableRound::logRows).sum();
    firstStride.observe(rows);
    secondStride.observe(rows);
    List<SourceRecord> records =
        records(found.values().stream().flatMap(List::stream).toList(), plan.reached());
    progress.putAll(plan.reached());
    long swept = from(SliceOffset::sweptUntil);
    found.forEach(
        (table, events) -> {
          events.forEach(event -> table.emitted(event, progress.get(event.slice()).fastUntil()));
          table.sweptUntil(swept);
        });
    return new Round(records);
  }

  private static Window rest(long from, long to) {
    return new Window(from, Math.max(from, to));
  }

  /** A first look that comes after the safe confidence is a second look as well, where nothing is left before it. */
  private static SliceOffset reach(SliceOffset before, long fast, long swept, long safe) {
    boolean both = swept == before.fastUntil() && fast <= safe;
    return new SliceOffset(fast, both ? fast : swept, before.signalsUntil());
  }

  private long from(Function<SliceOffset, Long> what) {
    return progress.values().stream().mapToLong(what::apply).min().orElseThrow();
  }

  /** All but a slice's last data record keep its old offset, so that a cut round is made again as a whole. */
  private List<SourceRecord> records(List<Event> found, Map<SliceId, SliceOffset> reached) {
    List<SourceRecord> records = new ArrayList<>();
    Map<SliceId, Integer> last = new HashMap<>();
    for (int i = 0; i < found.size(); i++) {
      last.put(found.get(i).slice(), i);
    }
    Map<SliceId, Integer> counts = new HashMap<>();
    for (int i = 0; i < found.size(); i++) {
      SliceId slice = found.get(i).slice();
      SliceOffset after = last.get(slice) == i ? reached.get(slice) : progress.get(slice);
      List<SourceRecord> made = eventRecords.records(found.get(i), progress.get(slice), after);
      counts.merge(slice, made.size(), Integer::sum);
      records.addAll(made);
    }
    long nanoTime = System.nanoTime();
    reached.forEach(
        (slice, offset) -> {
          watermarks
              .due(slice, nanoTime)
              .ifPresent(mark -> records.add(watermarkRecords.record(slice, mark, offset)));
          watermarks.emitted(slice, offset, counts.getOrDefault(slice, 0));
        });
    return records;
  }
}
