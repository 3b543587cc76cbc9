package io.messina.standin.control;

import io.messina.standin.cdc.GenerationTables;
import io.messina.standin.cdc.StreamRing;
import io.messina.standin.cdc.TabletTables;
import java.util.Date;
import org.apache.cassandra.db.marshal.Int32Type;
import org.apache.cassandra.db.marshal.LongType;
import org.apache.cassandra.db.marshal.TimestampType;
import org.apache.cassandra.db.rows.Row;
import org.apache.cassandra.db.virtual.SimpleDataSet;
import org.apache.cassandra.exceptions.InvalidRequestException;

/**
 * Begins CDC generations. The row with empty names is the ring of vnodes that all tables without
 * tablets share; a table with tablets has a row of its own, in which {@code vnodes} is how many.
 */
final class GenerationControl extends ControlTable {

  private static final String VNODES = "vnodes";
  private static final String SHARDS = "shards";
  private static final String AHEAD = "ahead_ms";
  private static final String STARTS = "starts";

  private static final long DEFAULT_AHEAD_MILLIS = 2_000;

  GenerationControl() {
    super(
        named("generations", "INSERT begins a CDC generation ahead_ms from now")
            .addRegularColumn(VNODES, Int32Type.instance)
            .addRegularColumn(SHARDS, Int32Type.instance)
            .addRegularColumn(AHEAD, LongType.instance)
            .addRegularColumn(STARTS, TimestampType.instance)
            .build());
  }

  @Override
  void pull(String keyspace, String table, Row row) {
    int vnodes = value(row, VNODES, 0);
    int shards = value(row, SHARDS, 1);
    long ahead = value(row, AHEAD, DEFAULT_AHEAD_MILLIS);
    if (vnodes < 1 || shards < 1 || ahead < 0) {
      throw new InvalidRequestException(
          "A generation needs vnodes and shards of at least 1, and ahead_ms of at least 0");
    }
    if (keyspace.isEmpty() && table.isEmpty()) {
      GenerationTables.begin(vnodes, shards, ahead);
    } else if (shards == 1) {
      TabletTables.begin(keyspace, table, vnodes, ahead);
    } else {
      throw new InvalidRequestException("A tablet has one stream: shards is 1 or left out");
    }
  }

  @Override
  void show(SimpleDataSet rows) {
    GenerationTables.newest((start, ring) -> show(rows, "", "", start, ring));
    TabletTables.newest((keyspace, table, start, ring) -> show(rows, keyspace, table, start, ring));
  }

  private static void show(
      SimpleDataSet rows, String keyspace, String table, long start, StreamRing ring) {
    rows.row(keyspace, table)
        .column(VNODES, ring.vnodes().size())
        .column(SHARDS, ring.shards())
        .column(STARTS, new Date(start));
  }
}
