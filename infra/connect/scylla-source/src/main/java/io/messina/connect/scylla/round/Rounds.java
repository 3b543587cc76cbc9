package io.messina.connect.scylla.round;

import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.cql.ReadException;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.cql.TableStoppedException;
import io.messina.connect.scylla.cql.TooManyBytesException;
import io.messina.connect.scylla.cql.TooManyRowsException;
import io.messina.connect.scylla.offset.Micros;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import io.messina.connect.scylla.ring.Slices;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the rounds of a task: one window over all its slices, then the records of one transaction.
 *
 * <p>Nothing is emitted or remembered until all reads of a round are done, so a round that failed is
 * simply made again. A table that cannot go on is left out, and the others go on.
 */
public final class Rounds {

  private static final Logger LOG = LoggerFactory.getLogger(Rounds.class);
  private static final long IDLE_MICROS = 500_000;

  /** A table that cannot go on, met in the middle of a round. */
  private static final class Halt extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient TableRound table;
    private final TableStoppedException why;

    Halt(TableRound table, TableStoppedException why) {
      super(null, why, false, false);
      this.table = table;
      this.why = why;
    }
  }

  private final Map<SliceId, SliceOffset> progress;
  private final List<TableRound> tables = new ArrayList<>();
  private final StoppedTables stopped = new StoppedTables();
  private final Refusals refusals = new Refusals();
  private final Planner planner;
  private final RoundRecords records;
  private final SignalSource signals;
  private final Portion portion;

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
    this.records = new RoundRecords(config, heartbeat, signals);
    this.signals = signals;
    this.portion = new Portion(config.maxRowBytes());
    Slices ring = new Slices(config.slices());
    progress.keySet().stream()
        .collect(Collectors.groupingBy(SliceId::table, LinkedHashMap::new, Collectors.toList()))
        .forEach(
            (table, owned) ->
                tables.add(
                    new TableRound(
                        table, sources.apply(table), ring, owned, config.tableRecreated())));
  }

  /** The time at which the next window of the first look can be read. */
  public long nextDue() {
    return progress.isEmpty() ? Micros.now() + IDLE_MICROS : planner.nextDue(progress);
  }

  /** Makes the round that is due at a time, or none. */
  public Optional<Round> next(long now) throws InterruptedException {
    tryAgain();
    while (true) {
      if (tables.isEmpty()) {
        stopped.fail(System.nanoTime());
        return Optional.empty();
      }
      try {
        skipLostLog(now);
        Optional<Plan> plan = planner.plan(progress, now);
        return plan.isEmpty() ? Optional.empty() : Optional.of(make(plan.get()));
      } catch (TooManyRowsException e) {
        LOG.info("Reading a shorter window: {}", e.getMessage());
      } catch (TooManyBytesException e) {
        LOG.info("Making a smaller round: {}", e.getMessage());
        portion.tooLarge(planner::shorten);
      } catch (Halt e) {
        stop(e.table, e.why);
      }
    }
  }

  private void skipLostLog(long now) {
    for (TableRound table : tables) {
      try {
        table.skipLostLog(progress, now);
      } catch (TableStoppedException e) {
        throw new Halt(table, e);
      }
    }
  }

  private Round make(Plan plan) throws InterruptedException {
    signals.begin();
    portion.begin();
    Map<TableRound, Found> found = new LinkedHashMap<>();
    for (TableRound table : tables) {
      found.put(table, read(table, plan));
    }
    planner.observe(tables.stream().mapToInt(TableRound::logRows).sum(), portion.made());
    Round round = records.round(found, progress, plan.reached());
    long swept = progress.values().stream().mapToLong(SliceOffset::sweptUntil).min().orElseThrow();
    tables.forEach(table -> table.sweptUntil(swept));
    return round;
  }

  private Found read(TableRound table, Plan plan) throws InterruptedException {
    try {
      Found found = table.read(progress, plan.first(), plan.second(), signals, portion);
      refusals.answered(table.table());
      return found;
    } catch (TableStoppedException e) {
      throw new Halt(table, e);
    } catch (ReadException e) {
      Optional<TableStoppedException> enough = refusals.refused(e);
      throw enough.isPresent() ? new Halt(table, enough.get()) : e;
    }
  }

  private void stop(TableRound table, TableStoppedException why) {
    Map<SliceId, SliceOffset> offsets = new LinkedHashMap<>();
    for (SliceId slice : table.slices()) {
      offsets.put(slice, progress.remove(slice));
      signals.stopped(slice, why.getMessage());
    }
    tables.remove(table);
    stopped.stop(table, offsets, why, System.nanoTime());
  }

  /** A table that can go on joins the next round; it catches up before the others move on. */
  private void tryAgain() {
    for (StoppedTables.Stopped candidate : stopped.due(System.nanoTime())) {
      try {
        candidate.table.check(candidate.offsets);
        tables.add(candidate.table);
        progress.putAll(candidate.offsets);
        stopped.goesOn(candidate);
      } catch (TableStoppedException e) {
        stopped.stands(candidate, e);
      }
    }
  }
}
