package io.messina.connect.scylla.signal;

import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.RowState;
import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.Watermarks;
import io.messina.connect.scylla.ring.Slices;
import java.util.List;
import java.util.Optional;

/**
 * One signal's service by one slice: understood, taken row by row, emitted, committed, answered.
 */
final class Service {

  private static final long NOT_YET = Long.MAX_VALUE;

  private final long offset;
  private final SharedSignal signal;
  private Cursor cursor;
  private String error;
  private int taken;
  private long rows;
  private long commitAt = NOT_YET;

  /**
   * Service of a signal.
   *
   * @param offset where it lies in the signals topic
   */
  Service(long offset, SharedSignal signal) {
    this.offset = offset;
    this.signal = signal;
  }

  /**
   * Understands the signal, once its table can be asked.
   *
   * @return whether this slice has anything to do with it, be it just to say that it is refused
   */
  boolean understand(SliceId slice, TableSource source, Slices ring) {
    if (cursor != null || error != null) {
      return true;
    }
    try {
      Optional<Cursor> rows = signal.wanted(source, ring).in(slice.slice());
      cursor = rows.orElse(null);
      return rows.isPresent();
    } catch (MalformedSignalException e) {
      error = e.getMessage();
      return slice.slice() == 0;
    }
  }

  /** The next rows to read, so many at most. */
  List<RowKey> take(TableSource source, int most) {
    List<RowKey> keys = cursor.take(source, most);
    taken = keys.size();
    return keys;
  }

  /** The row of a key that was just taken, where it was read with it. */
  Optional<RowState> read(RowKey key) {
    return cursor.read(key);
  }

  /** What was taken is emitted; after the slice's record of this number it is committed. */
  void emitted(long records) {
    if (cursor == null || cursor.isFinished()) {
      return;
    }
    cursor.keep();
    rows += taken;
    taken = 0;
    if (cursor.isFinished()) {
      commitAt = rows == 0 ? 0 : records;
    }
  }

  /** What was taken was not emitted. */
  void back() {
    taken = 0;
    if (cursor != null && !cursor.isFinished()) {
      cursor.back();
    }
  }

  /** Whether there are rows that were not emitted yet, as far as is known. */
  boolean isOpen() {
    return error == null && (cursor == null || !cursor.isFinished());
  }

  /** Whether taking costs a query. */
  boolean queries() {
    return cursor.queries();
  }

  /** Whether it can be answered. */
  boolean isDone(SliceId slice, Watermarks watermarks) {
    return error != null || commitAt != NOT_YET && watermarks.isCommitted(slice, commitAt);
  }

  long offset() {
    return offset;
  }

  SharedSignal signal() {
    return signal;
  }

  long rows() {
    return rows;
  }

  Optional<String> error() {
    return Optional.ofNullable(error);
  }
}
