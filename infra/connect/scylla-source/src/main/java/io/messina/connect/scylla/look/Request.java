package io.messina.connect.scylla.look;

import io.messina.connect.scylla.cql.LogEntry;
import io.messina.connect.scylla.cql.RowKey;
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
 */
public record Request(
    RowKey key,
    int slice,
    Optional<LogEntry> newest,
    boolean inserted,
    boolean must,
    List<String> signals) {

  /** Copies the ids, so that a request never changes. */
  public Request {
    signals = List.copyOf(signals);
  }

  /** A log entry names the row. */
  public static Request ofLog(
      RowKey key, int slice, LogEntry entry, boolean inserted, boolean first) {
    return new Request(key, slice, Optional.of(entry), inserted, first, List.of());
  }

  /** A signal asks for the row. */
  public static Request ofSignal(RowKey key, int slice, String signal) {
    return new Request(key, slice, Optional.empty(), false, true, List.of(signal));
  }

  /** Both requests as one. */
  public Request merge(Request other) {
    return new Request(
        key,
        slice,
        newer(newest, other.newest),
        inserted(other),
        must || other.must,
        union(signals, other.signals));
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
