package io.messina.standin.cdc;

/** What a row of the log tells; the numbers are ScyllaDB's. */
public enum Operation {
  /** The row before the change. */
  PRE_IMAGE(0),
  /** Columns were written. */
  UPDATE(1),
  /** Columns were written, and the row was made to exist. */
  INSERT(2),
  /** A row was deleted. */
  ROW_DELETE(3),
  /** A partition was deleted. */
  PARTITION_DELETE(4),
  /** A range of rows was deleted, from these on. */
  RANGE_DELETE_START_INCLUSIVE(5),
  /** A range of rows was deleted, from after these on. */
  RANGE_DELETE_START_EXCLUSIVE(6),
  /** A range of rows was deleted, up to and with these. */
  RANGE_DELETE_END_INCLUSIVE(7),
  /** A range of rows was deleted, up to but without these. */
  RANGE_DELETE_END_EXCLUSIVE(8),
  /** The row after the change. */
  POST_IMAGE(9);

  private final byte code;

  Operation(int code) {
    this.code = (byte) code;
  }

  /** The number in {@code cdc$operation}. */
  public byte code() {
    return code;
  }
}
