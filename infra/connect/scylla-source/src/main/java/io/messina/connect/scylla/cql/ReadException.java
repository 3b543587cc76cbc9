package io.messina.connect.scylla.cql;

/** The database did not answer a read, or refused it; says what was read, and is made again. */
public final class ReadException extends RuntimeException {

  private static final long serialVersionUID = 1L;
  private final transient TableId table;
  private final String what;
  private final RuntimeException reason;

  /**
   * A failed read.
   *
   * @param table the table that was read
   * @param what what of it, such as a stream and a window
   * @param reason what the driver said
   */
  public ReadException(TableId table, String what, RuntimeException reason) {
    super(table + ", " + what + ": " + reason.getMessage(), reason);
    this.table = table;
    this.what = what;
    this.reason = reason;
  }

  /** The table that was read. */
  public TableId table() {
    return table;
  }

  /** The table, and what of it was read. */
  public String where() {
    return table + ", " + what;
  }

  /** What the driver said. */
  public RuntimeException reason() {
    return reason;
  }
}
