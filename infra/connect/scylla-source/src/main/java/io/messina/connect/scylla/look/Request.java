package io.messina.connect.scylla.look;

import io.messina.connect.scylla.cql.LogEntry;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.RowState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A row that is to be read, because the log named it or signals asked for it, once or more often.
 *
 * @param key the row's key, or that of a static row
 * @param slice the slice of the ring it lies in
 * @param newest the newest log entry that names it; nothing where only signals ask
 * @param inserted whether one of the entries was an insert
 * @param must whether it is emitted in any case: seen in a first look or asked for by a signal. What
 *     only a second look sees is emitted where it differs from what was emitted last
 * @param signals the ids of the signals that ask for it, in the order of their coming
 * @param read the row, where it was read already in this round; only where nothing but one signal
 *     asks
 */
public record Request(
    RowKey key,
    int slice,
    Optional<LogEntry> newest,
    boolean inserted,
    boolean must,
    List<String> signals,
    Optional<RowState> read) {

  /** Copies the ids, so that a request never changes. */
  public Request {
    signals = List.copyOf(signals);
  }

  /** A log entry names the row. */
  public static Request ofLog(
      RowKey key, int slice, LogEntry entry, boolean inserted, boolean first) {
    return new Request(key, slice, Optional.of(entry), inserted, first, List.of(), Optional.empty());
  }

  /** A signal asks for the row. */
  public static Request ofSignal(RowKey key, int slice, String signal) {
    return ofSignal(key, slice, signal, Optional.empty());
  }

  /** A signal asks for the row, which may have been read already. */
  public static Request ofSignal(
      RowKey key, int slice, String signal, Optional<RowState> read) {
    return new Request(key, slice, Optional.empty(), false, true, List.of(signal), read);
  }

  /** Both requests as one. */
  public Request merge(Request other) {
    return new Request(
        key,
        slice,
        newer(newest, other.newest),
        inserted(other),
        must || other.must,
        union(signals, other.signals),
        Optional.empty());
  }

  /** An insert that only a second look sees does not make an insert of an update after it. */
  private boolean inserted(Request other) {
    if (must == other.must || newest.isEmpty() || other.newest.isEmpty()) {
      return inserted || other.inserted;
    }
    return must ? inserted : other.inserted;
  }

  private static Optional<LogEntry> newer(Optional<LogEntry> one, Optional<LogEntry> other) {
    if (one.isEmpty() || other.isEmpty()) {
      return one.or(() -> other);
    }
    return one.get().micros() >= other.get().micros() ? one : other;
  }

  private static List<String> union(List<String> some, List<String> more) {
    if (some.isEmpty() || more.isEmpty()) {
      return some.isEmpty() ? more : some;
    }
    List<String> all = new ArrayList<>(some);
    more.stream().filter(id -> !some.contains(id)).forEach(all::add);
    return all;
  }
}
