package io.messina.connect.scylla.round;

import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.TableSource;
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

/**
 * Makes the rounds of a task: one window over all its slices, then the records of one transaction.
 *
 * <p>Nothing changes here until all reads of a round are done, so a round that failed is simply made again.
 */
public final class Rounds {

  private static final long SHORTEST_SWEEP = 1_000_000;

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
    Optional<Window> first = firstStride.next(from(SliceOffset::fastUntil), now - config.confidenceMicros());
    if (first.isEmpty()) {
      return Optional.empty();
    }
    long safe = now - config.safeConfidenceMicros();
    long oldest = from(SliceOffset::fastUntil);
    Optional<Window> second = secondStride.next(from(SliceOffset::sweptUntil), Math.min(safe, oldest));
    Map<SliceId, SliceOffset> reached = new HashMap<>();
    Map<SliceId, Window> firsts = new HashMap<>();
    Map<SliceId, Window> seconds = new HashMap<>();
    progress.forEach(
        (slice, offset) -> {
          firsts.put(slice, rest(offset.fastUntil(), first.get().to()));
          seconds.put(slice, rest(offset.sweptUntil(), second.map(Window::to).orElse(Long.MIN_VALUE)));
          reached.put(slice, reach(offset, firsts.get(slice).to(), seconds.get(slice).to(), safe));
        });
    Map<TableRound, List<Event>> found = new LinkedHashMap<>();
    for (TableRound table : tables) {
      found.put(table, table.read(firsts, seconds));
    }
    firstStride.observe(tables.stream().mapToInt(TableRound::logRows).sum());
    if (second.isPresent()) {
      secondStride.observe(tables.stream().mapToInt(TableRound::logRows).sum());
    }
    List<SourceRecord> records =
        records(found.values().stream().flatMap(List::stream).toList(), reached);
    progress.putAll(reached);
    long swept = from(SliceOffset::sweptUntil);
    found.forEach(
        (table, events) -> {
          events.forEach(event -> table.emitted(event, reached.get(event.slice()).fastUntil()));
          table.sweptUntil(swept);
        });
    return Optional.of(new Round(records));
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
