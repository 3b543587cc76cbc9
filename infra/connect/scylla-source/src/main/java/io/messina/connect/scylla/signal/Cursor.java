package io.messina.connect.scylla.signal;

import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.RowState;
import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.ring.TokenRange;
import java.util.List;
import java.util.Optional;

/** Goes over the keys that a signal asks for in a slice: taken for a round, kept when it went well. */
interface Cursor {

  /** Over keys that are known. */
  static Cursor over(List<RowKey> keys) {
    return new KeyCursor(keys);
  }

  /** Over the keys that a table has in a range of tokens. */
  static Cursor over(TokenRange range, RowKey.Kind kind) {
    return new RangeCursor(range, kind);
  }

  /** The next keys, so many at most; there may be none although more follow. */
  List<RowKey> take(TableSource source, int most);

  /** The row of a key that was just taken, where it was read with it. */
  default Optional<RowState> read(RowKey key) {
    return Optional.empty();
  }

  /** What was taken is out. */
  void keep();

  /** What was taken is to be taken again. */
  void back();

  /** Whether everything is out. */
  boolean isFinished();

  /** Whether taking costs a query. */
  boolean queries();
}
