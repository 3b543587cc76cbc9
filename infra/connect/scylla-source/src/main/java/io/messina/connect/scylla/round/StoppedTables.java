package io.messina.connect.scylla.round;

import io.messina.connect.scylla.cql.TableGoneException;
import io.messina.connect.scylla.cql.TableStoppedException;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tables of a task that cannot go on, while the others do.
 *
 * <p>Each says why at once and every minute, and is tried again now and then: a column that was
 * renamed back, or a table that was created again, goes on where it was. When all tables of a task
 * stand, the task fails with all their reasons; for one that is only gone it waits a few seconds, in
 * which it may come back.
 */
final class StoppedTables {

  private static final Logger LOG = LoggerFactory.getLogger(StoppedTables.class);
  private static final long SAY_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final long TRY_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final long TRY_GONE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long GONE_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** A table that stands, with the offsets that it will go on from. */
  static final class Stopped {
    final TableRound table;
    final Map<SliceId, SliceOffset> offsets;
    private TableStoppedException why;
    private final long since;
    private long said;
    private long tried;

    private Stopped(
        TableRound table,
        Map<SliceId, SliceOffset> offsets,
        TableStoppedException why,
        long since) {
      this.table = table;
      this.offsets = offsets;
      this.why = why;
      this.since = since;
      this.said = since;
      this.tried = since;
    }
  }

  private final List<Stopped> tables = new ArrayList<>();

  /** Stops a table. */
  void stop(
      TableRound table,
      Map<SliceId, SliceOffset> offsets,
      TableStoppedException why,
      long nanoTime) {
    LOG.error("{} stops: {}", table.table(), why.getMessage());
    tables.add(new Stopped(table, offsets, why, nanoTime));
  }

  /** Whether any table stands. */
  boolean isEmpty() {
    return tables.isEmpty();
  }

  /** The tables that are to be tried again now; says of the others, where it is time, why they stand. */
  List<Stopped> due(long nanoTime) {
    List<Stopped> due = new ArrayList<>();
    for (Stopped stopped : tables) {
      boolean gone = stopped.why instanceof TableGoneException;
      long pause = gone ? TRY_GONE_NANOS : TRY_NANOS;
      if (stopped.why.mayComeBack() && nanoTime - stopped.tried >= pause) {
        stopped.tried = nanoTime;
        due.add(stopped);
      }
      if (nanoTime - stopped.said >= SAY_NANOS) {
        stopped.said = nanoTime;
        LOG.error("{} is still stopped: {}", stopped.table.table(), stopped.why.getMessage());
      }
    }
    return due;
  }

  /** The table goes on. */
  void goesOn(Stopped stopped) {
    LOG.info("{} goes on", stopped.table.table());
    tables.remove(stopped);
  }

  /** The table still stands, perhaps for another reason. */
  void stands(Stopped stopped, TableStoppedException why) {
    stopped.why = why;
  }

  /** Where no table runs: fails, unless one of them may come back in a moment. */
  void fail(long nanoTime) {
    for (Stopped stopped : tables) {
      if (stopped.why instanceof TableGoneException && nanoTime - stopped.since < GONE_NANOS) {
        return;
      }
    }
    throw new ConnectException(
        tables.stream()
            .map(stopped -> stopped.why.getMessage())
            .collect(Collectors.joining(" ")),
        tables.get(0).why);
  }
}
