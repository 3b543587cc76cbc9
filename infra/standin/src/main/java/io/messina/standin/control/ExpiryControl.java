package io.messina.standin.control;

import io.messina.standin.cdc.CdcTables;
import io.messina.standin.cdc.LogExpiry;
import java.util.Date;
import org.apache.cassandra.db.marshal.TimestampType;
import org.apache.cassandra.db.rows.Row;
import org.apache.cassandra.db.virtual.SimpleDataSet;
import org.apache.cassandra.exceptions.InvalidRequestException;

/** Lets the rows of a table's log go as if their TTL were over. */
final class ExpiryControl extends ControlTable {

  private static final String BEFORE = "before";

  ExpiryControl() {
    super(
        named("expiries", "INSERT takes the rows of a log away that are older than before")
            .addRegularColumn(BEFORE, TimestampType.instance)
            .build());
  }

  @Override
  void pull(String keyspace, String table, Row row) {
    Date before = value(row, BEFORE, null);
    if (before == null) {
      throw new InvalidRequestException("Say before which time the rows of the log expire");
    }
    LogExpiry.expire(CdcTables.logged(keyspace, table), before);
  }

  @Override
  void show(SimpleDataSet rows) {
    // What is gone leaves nothing to show.
  }
}
