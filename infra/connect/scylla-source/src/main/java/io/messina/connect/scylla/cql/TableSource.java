package io.messina.connect.scylla.cql;

import io.messina.connect.scylla.ring.TokenRange;
import java.util.Collection;
import java.util.List;

/** What the rounds need of one source table. */
public interface TableSource {

  /** The table as it is now; cheap where the server's schema did not change. */
  TableSchema schema();

  /** Makes the next round ask for the columns again, whatever the server says of its schema. */
  void forgetSchema();

  /**
   * All log rows of the window in the streams that meet the slices; keys of other slices among
   * them.
   *
   * @throws TooManyRowsException where there are more than the limit
   */
  List<LogEntry> log(Window window, Collection<TokenRange> slices, int limit)
      throws InterruptedException;

  /** The rows of these keys as they are now, in order. */
  List<RowState> rows(List<RowKey> keys) throws InterruptedException;
}
