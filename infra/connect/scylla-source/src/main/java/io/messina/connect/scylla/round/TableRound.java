package io.messina.connect.scylla.round;

import com.scylladb.cdc.model.worker.RawChange.OperationType;
import io.messina.connect.scylla.SourceConfig.Recreated;
import io.messina.connect.scylla.cql.LogEntry;
import io.messina.connect.scylla.cql.RowBudget;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.RowState;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.cql.TooManyRowsException;
import io.messina.connect.scylla.cql.Window;
import io.messina.connect.scylla.event.Event;
import io.messina.connect.scylla.event.Gap;
import io.messina.connect.scylla.look.Coalescer;
import io.messina.connect.scylla.look.EmissionHashes;
import io.messina.connect.scylla.look.Request;
import io.messina.connect.scylla.offset.Micros;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import io.messina.connect.scylla.ring.Slices;
import io.messina.connect.scylla.ring.TokenRange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One table's part of a round: both looks at the log, what signals ask for, one read of each row,
 * and the events and gaps that follow.
 */
final class TableRound {

  private final TableId table;
  private final TableSource source;
  private final Slices ring;
  private final Recreated recreated;
  private final Map<Integer, SliceId> slices = new TreeMap<>();
  private final List<TokenRange> ranges = new ArrayList<>();
  private final EmissionHashes hashes = new EmissionHashes();
  private final GapsSeen gaps = new GapsSeen();
  private final List<Gap> lost = new ArrayList<>();
  private boolean begun;
  private int logRows;

  /**
   * One table's part of the rounds.
   *
   * @param recreated what to do where the table is another one than the offsets speak of
   */
  TableRound(
      TableId table, TableSource source, Slices ring, List<SliceId> owned, Recreated recreated) {
    this.table = table;
    this.source = source;
    this.ring = ring;
    this.recreated = recreated;
    for (SliceId slice : owned) {
      slices.put(slice.slice(), slice);
      ranges.add(ring.range(slice.slice()));
    }
  }

  /** The table. */
  TableId table() {
    return table;
  }

  /** The slices that the task owns of this table. */
  Collection<SliceId> slices() {
    return slices.values();
  }

  /**
   * Looks whether the table can be carried from where its slices stand.
   *
   * @throws io.messina.connect.scylla.cql.TableStoppedException where it cannot
   */
  void check(Map<SliceId, SliceOffset> offsets) {
    source.forgetSchema();
    TableSchema schema = source.schema();
    offsets.values().forEach(offset -> Identity.isRecreated(table, offset, schema, recreated));
  }

  /**
   * Lets the slices whose log is partly gone go on behind that, with a gap in the next round.
   *
   * <p>Another table's log is not even read: its rows may have no key that this one knows.
   *
   * <p>In the beginning all counts that the second look has not seen; later what the first look has
   * not seen, as a log that is kept for a short time would be a gap for ever.
   *
   * @param progress where all slices stand; changed
   * @throws io.messina.connect.scylla.cql.TableStoppedException where the table cannot be carried
   *     from there
   */
  void skipLostLog(Map<SliceId, SliceOffset> progress, long now) {
    TableSchema schema = source.schema();
    LostLog log = new LostLog(source.logLifetime(), now);
    for (SliceId slice : slices.values()) {
      SliceOffset offset = progress.get(slice);
      Identity.isRecreated(table, offset, schema, recreated);
      if (log.isLost(begun ? offset.fastUntil() : offset.sweptUntil())) {
        Window times = log.lost(offset.sweptUntil());
        lost.add(Gap.logLost(slice, schema, ring.range(slice.slice()), times));
        progress.put(slice, log.behind(offset));
      }
    }
    begun = true;
  }

  /**
   * Looks at the log and reads the rows that it and the signals name.
   *
   * @param progress where the slices stand
   * @param first what the first look has not seen yet
   * @param second what the second look is to see now
   * @param portion how much of all may be read
   */
  Found read(
      Map<SliceId, SliceOffset> progress,
      Look first,
      Look second,
      SignalSource signals,
      Portion portion)
      throws InterruptedException {
    gaps.begin();
    lost.forEach(gaps::add);
    List<LogEntry> news = log(first);
    List<LogEntry> olds = log(second);
    logRows = news.size() + olds.size();
    // After the log was read: what it names was written to a table that has this schema, or a later
    // one.
    TableSchema schema = source.schema();
    compare(schema, progress);
    Coalescer coalescer = new Coalescer();
    request(news, first, true, schema, coalescer);
    request(olds, second, false, schema, coalescer);
    Map<SliceId, List<Request>> signalled = new LinkedHashMap<>();
    for (SliceId slice : slices.values()) {
      List<Request> taken = signals.take(slice, source, portion.signalled());
      portion.takes(taken.size());
      taken.forEach(coalescer::request);
      signalled.put(slice, taken);
    }
    List<Event> events = events(coalescer, portion.budget());
    return new Found(Identity.of(schema), gaps.found(), events, signalled);
  }

  /** How many log rows the last round saw. */
  int logRows() {
    return logRows;
  }

  /** Whether a gap was not told yet. */
  boolean isNews(Gap gap) {
    return gaps.isNews(gap);
  }

  /** Notes what goes out of this table; {@code windowEnd} is the end of the first look's window. */
  void emitted(Event event, long windowEnd) {
    hashes.emitted(event.request().key(), event.row().hash(), windowEnd);
  }

  /** Notes what goes out of this table; {@code windowEnd} is the end of the first look's window. */
  void told(Gap gap, long windowEnd) {
    gaps.told(gap, windowEnd);
  }

  /** The round is made: forgets what no second look will ask for. */
  void sweptUntil(long micros) {
    lost.clear();
    hashes.sweptUntil(micros);
    gaps.sweptUntil(micros);
    source.sweptUntil(micros);
  }

  private void compare(TableSchema schema, Map<SliceId, SliceOffset> progress) {
    for (SliceId slice : slices.values()) {
      if (Identity.isRecreated(table, progress.get(slice), schema, recreated)) {
        hashes.clear();
        gaps.add(Gap.recreated(slice, schema, ring.range(slice.slice()), Micros.now()));
      }
    }
  }

  private List<LogEntry> log(Look look) throws InterruptedException {
    Window window = look.over(slices.values());
    if (window.isEmpty()) {
      return List.of();
    }
    try {
      return source.log(window, ranges, look.stride().limit(window));
    } catch (TooManyRowsException e) {
      look.stride().shorten();
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
      gaps.see(entry, slice, schema);
      Optional<RowKey> key = entry.names(schema);
      boolean inserted = entry.operation() == OperationType.ROW_INSERT;
      key.ifPresent(
          k -> coalescer.request(Request.ofLog(k, slice.slice(), entry, inserted, first)));
    }
    gaps.end(schema);
  }

  /** The rows of requests, in their order; those that came with their keys are not read again. */
  private List<RowState> read(List<Request> requests, RowBudget budget)
      throws InterruptedException {
    List<RowKey> wanted =
        requests.stream().filter(each -> each.read().isEmpty()).map(Request::key).toList();
    Iterator<RowState> others = source.rows(wanted, budget).iterator();
    List<RowState> rows = new ArrayList<>(requests.size());
    for (Request request : requests) {
      request.read().ifPresent(budget::take);
      rows.add(request.read().orElseGet(others::next));
    }
    return rows;
  }

  private List<Event> events(Coalescer coalescer, RowBudget budget) throws InterruptedException {
    if (coalescer.isIdle()) {
      return List.of();
    }
    List<Request> requests = coalescer.requests();
    long now = Micros.now();
    List<RowState> rows = HalfThere.settled(source, requests, read(requests, budget), budget);
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
