package io.messina.connect.scylla.cql;

import com.scylladb.cdc.model.StreamId;
import java.nio.ByteBuffer;
import java.util.Date;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import shaded.com.scylladb.cdc.driver3.driver.core.Row;
import shaded.com.scylladb.cdc.driver3.driver.core.SimpleStatement;

/**
 * The generations of one table whose keyspace uses tablets: each split or merge of a tablet begins
 * one.
 */
final class TabletGenerations implements GenerationSource {

  private static final String STARTS =
      "SELECT timestamp FROM system.cdc_timestamps WHERE keyspace_name = ? AND table_name = ?";

  /** State 0 is "in use at this time". */
  private static final String STREAMS =
      "SELECT stream_id FROM system.cdc_streams WHERE keyspace_name = ? AND table_name = ?"
          + " AND timestamp = ? AND stream_state = 0";

  private final CqlSession session;
  private final TableId table;

  TabletGenerations(CqlSession session, TableId table) {
    this.session = session;
    this.table = table;
  }

  @Override
  public SortedSet<Long> starts() {
    SortedSet<Long> starts = new TreeSet<>();
    for (Row row : session.all(new SimpleStatement(STARTS, table.keyspace(), table.name()))) {
      starts.add(TimeUnit.MILLISECONDS.toMicros(row.getTimestamp(0).getTime()));
    }
    return starts;
  }

  /** A tablet's stream id begins with the token that ends its range. */
  @Override
  public Generation read(long start) {
    TreeMap<Long, Set<StreamId>> streams = new TreeMap<>();
    Date time = new Date(TimeUnit.MICROSECONDS.toMillis(start));
    SimpleStatement query =
        new SimpleStatement(STREAMS, table.keyspace(), table.name(), time);
    for (Row row : session.all(query)) {
      ByteBuffer id = row.getBytes(0);
      streams
          .computeIfAbsent(id.getLong(id.position()), end -> new TreeSet<>())
          .add(new StreamId(id));
    }
    return Generation.of(start, streams);
  }

  @Override
  public String name() {
    return table.toString();
  }
}
