package io.messina.connect.scylla.look;

import io.messina.connect.scylla.cql.LogEntry;
import io.messina.connect.scylla.cql.RowKey;

/**
 * A row that is to be read, because the log named it, once or more often.
 *
 * @param key the row's key
 * @param slice the slice of the ring it lies in
 * @param newest the newest log entry that names it
 * @param inserted whether one of the entries was an insert
 * @param first whether one of them was seen in a first look
 */
public record Change(RowKey key, int slice, LogEntry newest, boolean inserted, boolean first) {

  /** Both changes as one. */
  public Change merge(Change other) {
    return new Change(
        key,
        slice,
        newest.micros() >= other.newest.micros() ? newest : other.newest,
        inserted || other.inserted,
        first || other.first);
  }
}
