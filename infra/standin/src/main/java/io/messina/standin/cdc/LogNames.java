package io.messina.standin.cdc;

/** The names that ScyllaDB gives to a log table and its columns. */
public final class LogNames {

  /** The column with the stream's id: the log's partition key. */
  public static final String STREAM_ID = "cdc$stream_id";

  /** The column with the time of the change, a timeuuid. */
  public static final String TIME = "cdc$time";

  /** The column that numbers the rows of one time. */
  public static final String BATCH_SEQ_NO = "cdc$batch_seq_no";

  /** The column with the {@link Operation}. */
  public static final String OPERATION = "cdc$operation";

  /** The column with the TTL of the change. */
  public static final String TTL = "cdc$ttl";

  /** The column that is true in the last row of one time. */
  public static final String END_OF_BATCH = "cdc$end_of_batch";

  private static final String SUFFIX = "_scylla_cdc_log";
  private static final String DELETED = "cdc$deleted_";
  private static final String DELETED_ELEMENTS = "cdc$deleted_elements_";

  private LogNames() {}

  /** The name of a table's log. */
  public static String logOf(String table) {
    return table + SUFFIX;
  }

  /** Says whether a table has the name of a log. */
  public static boolean isLog(String table) {
    return table.endsWith(SUFFIX);
  }

  /** The name of the table that a log is for. */
  public static String baseOf(String log) {
    return log.substring(0, log.length() - SUFFIX.length());
  }

  /** The column that says that a column was deleted. */
  public static String deleted(String column) {
    return DELETED + column;
  }

  /** The column with the keys of the elements that were deleted from a collection. */
  public static String deletedElements(String column) {
    return DELETED_ELEMENTS + column;
  }
}
