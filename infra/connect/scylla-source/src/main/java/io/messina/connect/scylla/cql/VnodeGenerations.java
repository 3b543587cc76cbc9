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
import shaded.com.scylladb.cdc.driver3.driver.core.Statement;

/** The generations of all tables of a cluster whose keyspaces do not use tablets. */
final class VnodeGenerations implements GenerationSource {

  private static final String STARTS =
      "SELECT time FROM system_distributed.cdc_generation_timestamps WHERE key = 'timestamps'";
  private static final String STREAMS =
      "SELECT range_end, streams FROM system_distributed.cdc_streams_descriptions_v2"
          + " WHERE time = ?";

  private final CqlSession session;

  VnodeGenerations(CqlSession session) {
    this.session = session;
  }

  @Override
  public SortedSet<Long> starts() {
    SortedSet<Long> starts = new TreeSet<>();
    for (Row row : session.all(quorum(new SimpleStatement(STARTS)))) {
      starts.add(TimeUnit.MILLISECONDS.toMicros(row.getTimestamp(0).getTime()));
    }
    return starts;
  }

  @Override
  public Generation read(long start) {
    TreeMap<Long, Set<StreamId>> streams = new TreeMap<>();
    Date time = new Date(TimeUnit.MICROSECONDS.toMillis(start));
    for (Row row : session.all(quorum(new SimpleStatement(STREAMS, time)))) {
      Set<StreamId> ids = streams.computeIfAbsent(row.getLong(0), end -> new TreeSet<>());
      row.getSet(1, ByteBuffer.class).forEach(id -> ids.add(new StreamId(id)));
    }
    return Generation.of(start, streams);
  }

  @Override
  public String name() {
    return "the cluster";
  }

  private Statement quorum(Statement statement) {
    return statement.setConsistencyLevel(session.quorum());
  }
}
