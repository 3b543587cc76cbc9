package io.messina.connect.scylla.cql;

import com.scylladb.cdc.model.StreamId;
import io.messina.connect.scylla.ring.TokenRange;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Date;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import shaded.com.scylladb.cdc.driver3.driver.core.ConsistencyLevel;
import shaded.com.scylladb.cdc.driver3.driver.core.KeyspaceMetadata;
import shaded.com.scylladb.cdc.driver3.driver.core.Metadata;
import shaded.com.scylladb.cdc.driver3.driver.core.Row;
import shaded.com.scylladb.cdc.driver3.driver.core.SimpleStatement;
import shaded.com.scylladb.cdc.driver3.driver.core.Statement;

/**
 * The CDC generations of one table, asked for again every few seconds, so that a new one is
 * followed while running.
 */
public final class Generations {

  private static final Logger LOG = LoggerFactory.getLogger(Generations.class);
  private static final long REFRESH_NANOS = TimeUnit.SECONDS.toNanos(3);

  private final CqlSession session;
  private final TableId table;
  private final TreeMap<Long, Generation> known = new TreeMap<>();
  private long knownFrom = Long.MAX_VALUE;
  private long refreshed;

  /** Looks for a table's generations over a session. */
  public Generations(CqlSession session, TableId table) {
    this.session = session;
    this.table = table;
  }

  /** The streams that may hold log rows of these slices in this window. */
  public Set<StreamId> streams(Window window, Collection<TokenRange> slices) {
    boolean older = window.from() < knownFrom;
    if (older || System.nanoTime() - refreshed > REFRESH_NANOS) {
      refresh(Math.min(window.from(), knownFrom));
    }
    Set<StreamId> streams = new TreeSet<>();
    for (Map.Entry<Long, Generation> entry : known.entrySet()) {
      Long next = known.higherKey(entry.getKey());
      if (entry.getValue().covers(window, next == null ? Long.MAX_VALUE : next)) {
        streams.addAll(entry.getValue().streams(slices));
      }
    }
    return streams;
  }

  private void refresh(long from) {
    boolean tablets = usesTablets();
    TreeSet<Long> starts = new TreeSet<>();
    for (Row row : session.all(tablets ? tabletTimestamps() : vnodeTimestamps())) {
      starts.add(TimeUnit.MILLISECONDS.toMicros(row.getTimestamp(0).getTime()));
    }
    if (starts.isEmpty()) {
      throw new NoGenerationException(table);
    }
    Long oldest = starts.floor(from);
    for (long start : oldest == null ? starts : starts.tailSet(oldest)) {
      if (!known.containsKey(start)) {
        Generation generation =
            Generation.of(start, tablets ? tabletStreams(start) : vnodeStreams(start));
        known.put(start, generation);
        LOG.info(
            "{}: CDC generation of {} with {} ranges of streams",
            table,
            date(start).toInstant(),
            generation.ranges().size());
      }
    }
    knownFrom = from;
    refreshed = System.nanoTime();
  }

  private boolean usesTablets() {
    KeyspaceMetadata keyspace = session.metadata().getKeyspace(Metadata.quote(table.keyspace()));
    return keyspace != null && keyspace.usesTablets();
  }

  private Statement vnodeTimestamps() {
    return distributed(
        new SimpleStatement(
            "SELECT time FROM system_distributed.cdc_generation_timestamps WHERE key ="
                + " 'timestamps'"));
  }

  private TreeMap<Long, Set<StreamId>> vnodeStreams(long start) {
    TreeMap<Long, Set<StreamId>> streams = new TreeMap<>();
    Statement query =
        new SimpleStatement(
            "SELECT range_end, streams FROM system_distributed.cdc_streams_descriptions_v2 WHERE"
                + " time = ?",
            date(start));
    for (Row row : session.all(distributed(query))) {
      Set<StreamId> ids = streams.computeIfAbsent(row.getLong(0), end -> new TreeSet<>());
      row.getSet(1, ByteBuffer.class).forEach(id -> ids.add(new StreamId(id)));
    }
    return streams;
  }

  private Statement tabletTimestamps() {
    return new SimpleStatement(
        "SELECT timestamp FROM system.cdc_timestamps WHERE keyspace_name = ? AND table_name = ?",
        table.keyspace(),
        table.name());
  }

  /**
   * A tablet's stream id begins with the token that ends its range; state 0 is "in use at this
   * time".
   */
  private TreeMap<Long, Set<StreamId>> tabletStreams(long start) {
    TreeMap<Long, Set<StreamId>> streams = new TreeMap<>();
    Statement query =
        new SimpleStatement(
            "SELECT stream_id FROM system.cdc_streams WHERE keyspace_name = ? AND table_name = ?"
                + " AND timestamp = ? AND stream_state = 0",
            table.keyspace(),
            table.name(),
            date(start));
    for (Row row : session.all(query)) {
      ByteBuffer id = row.getBytes(0);
      streams
          .computeIfAbsent(id.getLong(id.position()), end -> new TreeSet<>())
          .add(new StreamId(id));
    }
    return streams;
  }

  private Statement distributed(Statement statement) {
    ConsistencyLevel quorum = session.quorum();
    return statement.setConsistencyLevel(quorum);
  }

  private static Date date(long micros) {
    return new Date(TimeUnit.MICROSECONDS.toMillis(micros));
  }
}
