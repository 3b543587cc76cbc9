package io.messina.connect.scylla.cql;

import org.apache.kafka.connect.errors.ConnectException;

/**
 * A table cannot be carried as it is now, and asking again does not help; its message says why and
 * how to go on. The other tables of the task are not concerned.
 */
public class TableStoppedException extends ConnectException {

  private static final long serialVersionUID = 1L;

  private final boolean mayComeBack;

  /** Says why, and how to go on; it is tried again now and then, as it may be mended. */
  public TableStoppedException(String message) {
    super(message);
    this.mayComeBack = true;
  }

  /** Says why, and how to go on; it is not tried again before the task is restarted. */
  public TableStoppedException(String message, Throwable cause) {
    super(message, cause);
    this.mayComeBack = false;
  }

  /** Whether a look at the table's columns can tell that it goes on. */
  public boolean mayComeBack() {
    return mayComeBack;
  }
}
