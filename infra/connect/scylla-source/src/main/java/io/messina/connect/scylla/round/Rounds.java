package io.messina.connect.scylla.round;

import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.cql.TooManyRowsException;
import io.messina.connect.scylla.event.Event;
import io.messina.connect.scylla.event.EventRecords;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
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
 * <p>Nothing changes here until all reads of a round are done, so a round that failed is simply
 * made again.
 */
public final class Rounds {

  private static final Logger LOG = LoggerFactory.getLogger(Rounds.class);

  private final Map<SliceId, SliceOffset> progress;
  private final List<TableRound> tables = new ArrayList<>();
  private final Planner planner;
  private final EventRecords eventRecords;
  private final Heartbeat heartbeat;

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
      Heartbeat heartbeat) {
    this.progress = new LinkedHashMap<>(progress);
    this.planner = new Planner(config);
    this.eventRecords = new EventRecords(config.topicPrefix());
    this.heartbeat = heartbeat;
    Slices ring = new Slices(config.slices());
    progress.keySet().stream()
        .collect(Collectors.groupingBy(SliceId::table, LinkedHashMap::new, Collectors.toList()))
        .forEach(
            (table, owned) -> tables.add(new TableRound(table, sources.apply(table), ring, owned)));
  }

  /** The time at which the next window of the first look can be read. */
  public long nextDue() {
    return planner.nextDue(progress);
  }

  /** Makes the round that is due at a time, or none. */
  public Optional<Round> next(long now) throws InterruptedException {
    while (true) {
      Optional<Plan> plan = planner.plan(progress, now);
      try {
        return plan.isEmpty() ? Optional.empty() : Optional.of(make(plan.get()));
      } catch (TooManyRowsException e) {
        LOG.info("Reading a shorter window: {}", e.getMessage());
      }
    }
  }

  private Round make(Plan plan) throws InterruptedException {
    Map<TableRound, List<Event>> found = new LinkedHashMap<>();
    for (TableRound table : tables) {
      found.put(table, table.read(plan.first(), plan.second()));
    }
    planner.observe(tables.stream().mapToInt(TableRound::logRows).sum());
    List<SourceRecord> records =
        records(found.values().stream().flatMap(List::stream).toList(), plan.reached());
    progress.putAll(plan.reached());
    long swept = progress.values().stream().mapToLong(SliceOffset::sweptUntil).min().orElseThrow();
    found.forEach(
        (table, events) -> {
          events.forEach(event -> table.emitted(event, progress.get(event.slice()).fastUntil()));
          table.sweptUntil(swept);
        });
    return new Round(records);
  }

  /**
   * All but a slice's last data record keep its old offset, so that a cut round is made again as a
   * whole.
   */
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
    records.addAll(heartbeat.due(reached));
    reached.forEach(
        (slice, offset) -> heartbeat.emitted(slice, offset, counts.getOrDefault(slice, 0)));
    return records;
  }
}
