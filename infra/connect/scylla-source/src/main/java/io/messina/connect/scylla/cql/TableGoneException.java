package io.messina.connect.scylla.cql;

/** The table, or its log, is not there any more; waiting does not bring it back. */
public final class TableGoneException extends TableStoppedException {

  private static final long serialVersionUID = 1L;

  /** Names the table. */
  public TableGoneException(TableId table) {
    super(
        "Table "
            + table
            + " is gone (dropped, or its log was), so its changes cannot be read. Its"
            + " offsets were kept. Take it out of 'tables', or create it again and restart the"
            + " connector.");
  }
}
