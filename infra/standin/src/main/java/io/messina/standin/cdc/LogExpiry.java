package io.messina.standin.cdc;

import java.util.Date;
import org.apache.cassandra.cql3.QueryProcessor;
import org.apache.cassandra.cql3.UntypedResultSet;
import org.apache.cassandra.schema.TableMetadata;

/** Lets the older rows of a log go before their TTL says so. */
public final class LogExpiry {

  private LogExpiry() {}

  /** Takes away all rows of a table's log whose {@code cdc$time} is before a time. */
  public static void expire(TableMetadata base, Date before) {
    TableMetadata log = CdcTables.logOf(base);
    String name = String.format("\"%s\".\"%s\"", log.keyspace, log.name);
    UntypedResultSet streams =
        QueryProcessor.executeInternal(
            String.format("SELECT DISTINCT \"%s\" FROM %s", LogNames.STREAM_ID, name));
    String delete =
        String.format(
            "DELETE FROM %s WHERE \"%s\" = ? AND \"%s\" < minTimeuuid(?)",
            name, LogNames.STREAM_ID, LogNames.TIME);
    for (UntypedResultSet.Row row : streams) {
      QueryProcessor.executeInternal(delete, row.getBytes(LogNames.STREAM_ID), before);
    }
  }
}
