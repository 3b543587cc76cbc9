package io.messina.connect.scylla.round;

import com.scylladb.cdc.model.worker.RawChange.OperationType;
import io.messina.connect.scylla.cql.LogEntry;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.RowState;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.cql.TooManyRowsException;
import io.messina.connect.scylla.cql.Window;
import io.messina.connect.scylla.event.Event;
import io.messina.connect.scylla.look.Coalescer;
import io.messina.connect.scylla.look.EmissionHashes;
import io.messina.connect.scylla.look.Request;
import io.messina.connect.scylla.offset.Micros;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.ring.Slices;
import io.messina.connect.scylla.ring.TokenRange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One table's part of a round: both looks at the log, what signals ask for, one read of each row,
 * and the events that follow.
 */
final class TableRound {

  private static final int SIGNALLED_AT_ONCE = 2_000;

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

  /**
   * Looks at the log and reads the rows that it and the signals name.
   *
   * @param first what the first look has not seen yet
   * @param second what the second look is to see now
   */
  Found read(Look first, Look second, SignalSource signals) throws InterruptedException {
    uncarried.begin();
    List<LogEntry> news = log(first);
    List<LogEntry> olds = log(second);
    logRows = news.size() + olds.size();
    // After the log was read: what it names was written to a table that has this schema, or a later
    // one.
    TableSchema schema = source.schema();
    Coalescer coalescer = new Coalescer();
    request(news, first, true, schema, coalescer);
    request(olds, second, false, schema, coalescer);
    Map<SliceId, List<Request>> signalled = new LinkedHashMap<>();
    for (SliceId slice : slices.values()) {
      signalled.put(slice, signals.take(slice, source, SIGNALLED_AT_ONCE));
      signalled.get(slice).forEach(coalescer::request);
    }
    return new Found(events(coalescer), signalled);
  }

  /** How many log rows the last round saw. */
  int logRows() {
    return logRows;
  }

  /** Notes what goes out of this table; {@code windowEnd} is the end of the first look's window. */
  void emitted(Event event, long windowEnd) {
    hashes.emitted(event.request().key(), event.row().hash(), windowEnd);
  }

  /** Forgets what no second look will ask for. */
  void sweptUntil(long micros) {
    hashes.sweptUntil(micros);
  }

  private List<LogEntry> log(Look look) throws InterruptedException {
    Window window = look.over(slices.values());
    if (window.isEmpty()) {
      return List.of();
    }
    try {
      return source.log(window, ranges, look.stride().limit(window));
    } catch (TooManyRowsException e) {
      look.stride().tooLong(window);
      throw e;
    }
  }

  private void request(
      List<LogEntry> entries, Look look, boolean first, TableSchema schema, Coalescer coalescer) {
    for (LogEntry entry : entries) {
      SliceId slice = slices.get(ring.of(entry.token()));
      if (slice == null || !look.window(slice).contains(entry.micros())) {
        continue;
      }
      if (first && !entry.isImage()) {
        uncarried.see(entry);
      }
      Optional<RowKey> key = entry.names(schema);
      boolean inserted = entry.operation() == OperationType.ROW_INSERT;
      key.ifPresent(
          k -> coalescer.request(Request.ofLog(k, slice.slice(), entry, inserted, first)));
    }
  }

  private List<Event> events(Coalescer coalescer) throws InterruptedException {
    if (coalescer.isIdle()) {
      return List.of();
    }
    List<Request> requests = coalescer.requests();
    long now = Micros.now();
    List<RowState> rows = source.rows(requests.stream().map(Request::key).toList());
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      Request request = requests.get(i);
      if (request.must() || !hashes.isLast(request.key(), rows.get(i).hash())) {
        events.add(new Event(slices.get(request.slice()), request, rows.get(i), now));
      }
    }
    return events;
  }
}
