package io.messina.connect.scylla.cql;

import io.messina.connect.scylla.ring.TokenRange;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What the rounds need of one source table. */
public interface TableSource {

  /** The table as it is now; cheap where the server's schema did not change. */
  TableSchema schema();

  /** Makes the next round ask for the columns again, whatever the server says of its schema. */
  void forgetSchema();

  /** How long the table's log is kept, in microseconds; nothing for ever. */
  OptionalLong logLifetime();

  /** Says that no window will be asked for any more that begins before this time. */
  void sweptUntil(long micros);

  /**
   * All log rows of the window in the streams that meet the slices; keys of other slices among
   * them. Those of one write come one after the other, in their sequence.
   *
   * @throws TooManyRowsException where there are more than the limit
   */
  List<LogEntry> log(Window window, Collection<TokenRange> slices, int limit)
      throws InterruptedException;

  /**
   * The rows, and static rows, of these keys as they are now, in order.
   *
   * @throws TooManyBytesException where they are larger than what is left of the budget
   */
  List<RowState> rows(List<RowKey> keys, RowBudget budget) throws InterruptedException;

  /**
   * A page of the keys that are in the table now: of rows by their primary keys, or of the static
   * rows that are not empty by their partition keys.
   *
   * @param range the tokens to look in
   * @param after {@link KeyPage#next} of the page before, of the same range and kind; nothing for
   *     the first
   * @param limit how many keys a page has at most
   */
  KeyPage keys(TokenRange range, RowKey.Kind kind, Optional<KeyPage.Position> after, int limit);
}
