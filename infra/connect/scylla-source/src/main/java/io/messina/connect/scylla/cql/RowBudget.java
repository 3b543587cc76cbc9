package io.messina.connect.scylla.cql;

import java.util.concurrent.atomic.AtomicLong;

/** How many bytes of rows a round may hold, over all its tables. */
public final class RowBudget {

  private final long bytes;
  private final AtomicLong taken = new AtomicLong();
  private volatile boolean lifted;

  /** So many bytes at most. */
  public RowBudget(long bytes) {
    this.bytes = bytes;
  }

  /** Lets all pass from here on: what is read now cannot be made smaller. */
  public void lift() {
    lifted = true;
  }

  /**
   * Takes what a row needs.
   *
   * @throws TooManyBytesException where less is left
   */
  public void take(RowState row) {
    if (taken.addAndGet(row.size()) > bytes && !lifted) {
      throw new TooManyBytesException(bytes);
    }
  }

  /** Whether more than half of it is taken. */
  public boolean halfTaken() {
    return taken.get() > bytes / 2;
  }
}
