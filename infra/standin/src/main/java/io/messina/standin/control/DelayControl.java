package io.messina.standin.control;

import io.messina.standin.cdc.CdcTables;
import io.messina.standin.late.Delay;
import io.messina.standin.late.Delays;
import org.apache.cassandra.db.marshal.LongType;
import org.apache.cassandra.db.rows.Row;
import org.apache.cassandra.db.virtual.SimpleDataSet;
import org.apache.cassandra.exceptions.InvalidRequestException;
import org.apache.cassandra.schema.Schema;
import org.apache.cassandra.schema.TableMetadata;

/** Makes the log rows or the base rows of a table visible later than they are acknowledged. */
final class DelayControl extends ControlTable {

  private static final String LOG = "log_ms";
  private static final String BASE = "base_ms";

  DelayControl() {
    super(
        named("delays", "By how much later the writes from now on are visible; 0 is at once")
            .addRegularColumn(LOG, LongType.instance)
            .addRegularColumn(BASE, LongType.instance)
            .build());
  }

  @Override
  void pull(String keyspace, String table, Row row) {
    long log = value(row, LOG, 0L);
    long base = value(row, BASE, 0L);
    if (log < 0 || base < 0) {
      throw new InvalidRequestException("A delay is not negative");
    }
    Delays.set(CdcTables.logged(keyspace, table), new Delay(log, base));
  }

  @Override
  void show(SimpleDataSet rows) {
    Delays.forEach(
        (id, delay) -> {
          TableMetadata table = Schema.instance.getTableMetadata(id);
          if (table != null) {
            rows.row(table.keyspace, table.name)
                .column(LOG, delay.logMillis())
                .column(BASE, delay.baseMillis());
          }
        });
  }
}
