package io.messina.connect.scylla.round;

import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.cql.TooManyRowsException;
import io.messina.connect.scylla.event.Draft;
import io.messina.connect.scylla.event.Event;
import io.messina.connect.scylla.event.EventRecords;
import io.messina.connect.scylla.event.UnreadableException;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import io.messina.connect.scylla.ring.Slices;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.connect.errors.ConnectException;
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
  private final SignalSource signals;

  /**
   * Rounds over some slices.
   *
   * @param progress where each slice stands
   * @param sources how to read each table
   * @param signals what is asked for beside the log
   */
  public Rounds(
      SourceConfig config,
      Map<SliceId, SliceOffset> progress,
      Function<TableId, TableSource> sources,
      Heartbeat heartbeat,
      SignalSource signals) {
    this.progress = new LinkedHashMap<>(progress);
    this.planner = new Planner(config);
    this.eventRecords = new EventRecords(config.topicPrefix());
    this.heartbeat = heartbeat;
    this.signals = signals;
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
    signals.begin();
    Map<TableRound, Found> found = new LinkedHashMap<>();
    for (TableRound table : tables) {
      found.put(table, table.read(plan.first(), plan.second(), signals));
    }
    planner.observe(tables.stream().mapToInt(TableRound::logRows).sum());
    List<SourceRecord> records = records(found.values(), plan.reached());
    long swept = progress.values().stream().mapToLong(SliceOffset::sweptUntil).min().orElseThrow();
    found.forEach(
        (table, seen) -> {
          for (Event event : seen.events()) {
            table.emitted(event, progress.get(event.slice()).fastUntil());
          }
          table.sweptUntil(swept);
        });
    return new Round(records);
  }

  /**
   * Answers to signals come first, as all offsets after them count them in. Of the others all but a
   * slice's last keep its old times, so that a cut round is made again as a whole.
   */
  private List<SourceRecord> records(Collection<Found> found, Map<SliceId, SliceOffset> reached) {
    List<Draft> drafts = new ArrayList<>();
    for (Found seen : found) {
      seen.events().forEach(event -> drafts.add(draft(event)));
    }
    List<SourceRecord> records = new ArrayList<>(signals.answers(Map.copyOf(progress)));
    progress.replaceAll(this::withSignals);
    reached.replaceAll(this::withSignals);
    Map<SliceId, Integer> last = new HashMap<>();
    for (int i = 0; i < drafts.size(); i++) {
      last.put(drafts.get(i).slice(), i);
    }
    Map<SliceId, Integer> counts = new HashMap<>();
    for (int i = 0; i < drafts.size(); i++) {
      SliceId slice = drafts.get(i).slice();
      SliceOffset after = last.get(slice) == i ? reached.get(slice) : progress.get(slice);
      List<SourceRecord> made = drafts.get(i).records(progress.get(slice), after);
      counts.merge(slice, made.size(), Integer::sum);
      records.addAll(made);
    }
    records.addAll(heartbeat.due(reached));
    reached.forEach(
        (slice, offset) -> heartbeat.emitted(slice, offset, counts.getOrDefault(slice, 0)));
    for (Found seen : found) {
      seen.signalled()
          .forEach(
              (slice, taken) -> signals.emitted(slice, taken, counts.getOrDefault(slice, 0)));
    }
    progress.putAll(reached);
    return records;
  }

  private SliceOffset withSignals(SliceId slice, SliceOffset offset) {
    return offset.withSignals(signals.signalsUntil(slice, offset));
  }

  private Draft draft(Event event) {
    try {
      return eventRecords.draft(event);
    } catch (UnreadableException e) {
      throw new ConnectException(event.slice() + ": " + e.getMessage());
    }
  }
}
