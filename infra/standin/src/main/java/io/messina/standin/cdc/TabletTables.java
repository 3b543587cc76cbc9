package io.messina.standin.cdc;

import io.messina.standin.state.StateTables;
import java.util.Collection;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.cassandra.cql3.QueryProcessor;
import org.apache.cassandra.cql3.UntypedResultSet;
import org.apache.cassandra.db.marshal.ByteType;
import org.apache.cassandra.db.marshal.BytesType;
import org.apache.cassandra.db.marshal.ReversedType;
import org.apache.cassandra.db.marshal.TimestampType;
import org.apache.cassandra.db.marshal.UTF8Type;
import org.apache.cassandra.exceptions.InvalidRequestException;
import org.apache.cassandra.schema.KeyspaceMetadata;
import org.apache.cassandra.schema.Schema;
import org.apache.cassandra.schema.SchemaChangeListener;
import org.apache.cassandra.schema.TableMetadata;

/**
 * The streams of tables with tablets, in the two tables in which readers look for them: {@code
 * system.cdc_timestamps} and {@code system.cdc_streams}.
 */
public final class TabletTables {

  private static final String TIMESTAMPS = "cdc_timestamps";
  private static final String STREAMS = "cdc_streams";

  /** What a row of the second table says of a stream at a time; the numbers are ScyllaDB's. */
  private enum State {
    CURRENT,
    CLOSED,
    OPENED
  }

  private static final int DEFAULT_TABLETS = 4;

  private record Name(String keyspace, String table) {}

  private static final Map<Name, TabletStreams> TABLES = new ConcurrentHashMap<>();

  private TabletTables() {}

  /** Makes the tables if they are not there, loads them, and follows the schema from now on. */
  public static void open() {
    TabletKeyspaces.open();
    StateTables.add(
        StateTables.named(TIMESTAMPS)
            .addPartitionKeyColumn("keyspace_name", UTF8Type.instance)
            .addPartitionKeyColumn("table_name", UTF8Type.instance)
            .addClusteringColumn("timestamp", ReversedType.getInstance(TimestampType.instance))
            .build());
    StateTables.add(
        StateTables.named(STREAMS)
            .addPartitionKeyColumn("keyspace_name", UTF8Type.instance)
            .addPartitionKeyColumn("table_name", UTF8Type.instance)
            .addClusteringColumn("timestamp", TimestampType.instance)
            .addClusteringColumn("stream_state", ByteType.instance)
            .addClusteringColumn("stream_id", BytesType.instance)
            .build());
    load();
    Schema.instance.registerListener(new Follower());
  }

  /** The streams of a table with tablets, which are made when there are none yet. */
  static TabletStreams streamsOf(TableMetadata base) {
    TabletStreams known = TABLES.get(new Name(base.keyspace, base.name));
    return known != null ? known : first(base.keyspace, base.name);
  }

  /**
   * Splits or merges a table's tablets: from {@code aheadMillis} after now on it has this many,
   * each with a stream that nothing was written to before.
   */
  public static void begin(String keyspace, String table, int tablets, long aheadMillis) {
    TableMetadata base = CdcTables.logged(keyspace, table);
    if (!TabletKeyspaces.contains(keyspace)) {
      throw new InvalidRequestException(
          String.format(
              "Only tables with tablets have generations of their own, and keyspace %s was made"
                  + " without; for those of the ring, give no names",
              keyspace));
    }
    streamsOf(base);
    StreamRing ring = StreamRing.ofTablets(tablets, new Random());
    Generations.beginning().lock();
    try {
      TabletStreams before = streamsOf(base);
      long start = Math.max(Generations.nextMilli() + aheadMillis, before.newestStart() + 1);
      announce(new Name(keyspace, table), start, ring, before.newest());
      TABLES.put(new Name(keyspace, table), before.with(start, ring));
    } finally {
      Generations.beginning().unlock();
    }
  }

  /** What is shown of each table. */
  public interface Viewer {
    /** Shows a table, the millisecond from which its newest streams are in use, and these. */
    void show(String keyspace, String table, long start, StreamRing ring);
  }

  /** Shows the newest streams of all tables. */
  public static void newest(Viewer viewer) {
    TABLES.forEach(
        (name, streams) ->
            viewer.show(name.keyspace(), name.table(), streams.newestStart(), streams.newest()));
  }

  /** Makes the first streams of a table: as in ScyllaDB they are in use a little before now. */
  private static synchronized TabletStreams first(String keyspace, String table) {
    return TABLES.computeIfAbsent(
        new Name(keyspace, table),
        name -> {
          int wanted = TabletKeyspaces.initialTablets(keyspace);
          int tablets = wanted == 0 ? DEFAULT_TABLETS : powerOfTwo(wanted);
          long start =
              System.currentTimeMillis() - Streams.LEEWAY_MICROS / Streams.MICROS_PER_MILLI;
          StreamRing ring = StreamRing.ofTablets(tablets, new Random());
          announce(name, start, ring, null);
          return new TabletStreams(Map.of(start, ring));
        });
  }

  private static int powerOfTwo(int atLeast) {
    return atLeast == 1 ? 1 : Integer.highestOneBit(atLeast - 1) * 2;
  }

  private static void announce(Name name, long millis, StreamRing ring, StreamRing before) {
    add(name, millis, State.CURRENT, TabletStreams.idsOf(ring));
    add(name, millis, State.OPENED, TabletStreams.difference(ring, before));
    if (before != null) {
      add(name, millis, State.CLOSED, TabletStreams.difference(before, ring));
    }
    // Only now: a reader that sees the timestamp must find all of the streams.
    QueryProcessor.executeInternal(
        "INSERT INTO " + StateTables.KEYSPACE + "." + TIMESTAMPS
            + " (keyspace_name, table_name, timestamp) VALUES (?, ?, ?)",
        name.keyspace(),
        name.table(),
        new Date(millis));
  }

  private static void add(Name name, long millis, State state, Collection<StreamId> streams) {
    String insert =
        "INSERT INTO " + StateTables.KEYSPACE + "." + STREAMS
            + " (keyspace_name, table_name, timestamp, stream_state, stream_id)"
            + " VALUES (?, ?, ?, ?, ?)";
    for (StreamId stream : streams) {
      QueryProcessor.executeInternal(
          insert,
          name.keyspace(),
          name.table(),
          new Date(millis),
          (byte) state.ordinal(),
          stream.encode());
    }
  }

  private static void load() {
    Map<Name, Map<Long, TreeMap<Long, List<StreamId>>>> found = new HashMap<>();
    String select =
        "SELECT keyspace_name, table_name, timestamp, stream_state, stream_id FROM "
            + StateTables.KEYSPACE + "." + STREAMS;
    for (UntypedResultSet.Row row : QueryProcessor.executeInternal(select)) {
      if (row.getByte("stream_state") != State.CURRENT.ordinal()) {
        continue;
      }
      Name name = new Name(row.getString("keyspace_name"), row.getString("table_name"));
      StreamId stream = StreamId.decode(row.getBytes("stream_id"));
      found
          .computeIfAbsent(name, n -> new HashMap<>())
          .computeIfAbsent(row.getTimestamp("timestamp").getTime(), t -> new TreeMap<>())
          .put(stream.token(), List.of(stream));
    }
    found.forEach(
        (name, sets) -> {
          if (Schema.instance.getTableMetadata(name.keyspace(), LogNames.logOf(name.table()))
              == null) {
            forget(name);
          } else {
            Map<Long, StreamRing> rings = new HashMap<>();
            sets.forEach((millis, ring) -> rings.put(millis, new StreamRing(ring)));
            TABLES.put(name, new TabletStreams(rings));
          }
        });
  }

  private static void forget(Name name) {
    TABLES.remove(name);
    for (String table : List.of(TIMESTAMPS, STREAMS)) {
      QueryProcessor.executeInternal(
          "DELETE FROM " + StateTables.KEYSPACE + "." + table
              + " WHERE keyspace_name = ? AND table_name = ?",
          name.keyspace(),
          name.table());
    }
  }

  /** Makes the streams of a table with its log, and lets them go with it. */
  private static final class Follower implements SchemaChangeListener {

    @Override
    public void onCreateTable(TableMetadata table) {
      if (TabletKeyspaces.contains(table.keyspace) && LogSchema.isLog(table)) {
        first(table.keyspace, LogNames.baseOf(table.name));
      }
    }

    @Override
    public void onDropTable(TableMetadata table, boolean dropData) {
      if (TabletKeyspaces.contains(table.keyspace) && LogSchema.isLog(table)) {
        forget(new Name(table.keyspace, LogNames.baseOf(table.name)));
      }
    }

    @Override
    public void onDropKeyspace(KeyspaceMetadata keyspace, boolean dropData) {
      if (TabletKeyspaces.contains(keyspace.name)) {
        TabletKeyspaces.remove(keyspace.name);
      }
    }
  }
}
