package io.messina.connect.scylla.round;

import com.scylladb.cdc.model.worker.RawChange.OperationType;
import io.messina.connect.scylla.cql.LogEntry;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.RowState;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.cql.TooManyRowsException;
import io.messina.connect.scylla.cql.Window;
import io.messina.connect.scylla.event.Event;
import io.messina.connect.scylla.look.Change;
import io.messina.connect.scylla.look.Coalescer;
import io.messina.connect.scylla.look.EmissionHashes;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.ring.Slices;
import io.messina.connect.scylla.ring.TokenRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One table's part of a round: both looks at the log, one read of each row, and the events that
 * follow.
 */
final class TableRound {

  private final TableSource source;
  private final Slices ring;
  private final Map<Integer, SliceId> slices = new TreeMap<>();
  private final List<TokenRange> ranges = new ArrayList<>();
  private final EmissionHashes hashes = new EmissionHashes();
  private final UncarriedChanges uncarried;
  private int logRows;

  TableRound(TableId table, TableSource source, Slices ring, List<SliceId> owned) {
    this.source = source;
    this.ring = ring;
    this.uncarried = new UncarriedChanges(table);
    for (SliceId slice : owned) {
      slices.put(slice.slice(), slice);
      ranges.add(ring.range(slice.slice()));
    }
  }

  /** The slices that the task owns of this table. */
  Iterable<SliceId> slices() {
    return slices.values();
  }

  /**
   * Looks at the log and reads the rows it names.
   *
   * @param first what the first look has not seen yet
   * @param second what the second look is to see now
   */
  List<Event> read(Look first, Look second) throws InterruptedException {
    Coalescer coalescer = new Coalescer();
    uncarried.begin();
    logRows = look(first, true, coalescer);
    logRows += look(second, false, coalescer);
    if (coalescer.isIdle()) {
      source.schema();
      return List.of();
    }
    return readRows(coalescer);
  }

  /** How many log rows the last round saw. */
  int logRows() {
    return logRows;
  }

  /** Notes what goes out of this table; {@code windowEnd} is the end of the first look's window. */
  void emitted(Event event, long windowEnd) {
    hashes.emitted(event.change().key(), event.row().hash(), windowEnd);
  }

  /** Forgets what no second look will ask for. */
  void sweptUntil(long micros) {
    hashes.sweptUntil(micros);
  }

  private int look(Look look, boolean first, Coalescer coalescer) throws InterruptedException {
    Window window = look.over(slices.values());
    if (window.isEmpty()) {
      return 0;
    }
    List<LogEntry> entries = log(look, window);
    for (LogEntry entry : entries) {
      SliceId slice = slices.get(ring.of(entry.token()));
      if (slice != null && !entry.isImage() && look.window(slice).contains(entry.micros())) {
        request(entry, slice, first, coalescer);
      }
    }
    return entries.size();
  }

  private List<LogEntry> log(Look look, Window window) throws InterruptedException {
    try {
      return source.log(window, ranges, look.stride().limit(window));
    } catch (TooManyRowsException e) {
      look.stride().tooLong(window);
      throw e;
    }
  }

  private void request(LogEntry entry, SliceId slice, boolean first, Coalescer coalescer) {
    if (first) {
      uncarried.see(entry);
    }
    if (entry.namesOneRow()) {
      boolean inserted = entry.operation() == OperationType.ROW_INSERT;
      coalescer.request(new Change(new RowKey(entry.key()), slice.slice(), entry, inserted, first));
    }
  }

  private List<Event> readRows(Coalescer coalescer) throws InterruptedException {
    // After the log was read: what it names was written to a table that has this schema, or a later
    // one.
    source.schema();
    List<Event> events = new ArrayList<>();
    while (!coalescer.isIdle()) {
      List<Change> changes = coalescer.take(Integer.MAX_VALUE);
      List<RowState> rows = source.rows(changes.stream().map(Change::key).toList());
      for (int i = 0; i < changes.size(); i++) {
        Change change = changes.get(i);
        coalescer.done(change.key());
        if (change.first() || !hashes.isLast(change.key(), rows.get(i).hash())) {
          events.add(new Event(slices.get(change.slice()), change, rows.get(i)));
        }
      }
    }
    return events;
  }
}
