package io.messina.standin.cdc;

import io.messina.standin.state.StateTables;
import java.nio.ByteBuffer;
import java.util.Date;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.apache.cassandra.cql3.QueryProcessor;
import org.apache.cassandra.cql3.UntypedResultSet;
import org.apache.cassandra.db.marshal.BytesType;
import org.apache.cassandra.db.marshal.LongType;
import org.apache.cassandra.db.marshal.ReversedType;
import org.apache.cassandra.db.marshal.SetType;
import org.apache.cassandra.db.marshal.TimestampType;
import org.apache.cassandra.db.marshal.UTF8Type;
import org.apache.cassandra.schema.KeyspaceMetadata;
import org.apache.cassandra.schema.KeyspaceParams;
import org.apache.cassandra.schema.Keyspaces;
import org.apache.cassandra.schema.Schema;
import org.apache.cassandra.schema.TableMetadata;

/** The two tables of {@code system_distributed} in which readers look for generations. */
public final class GenerationTables {

  private static final String KEYSPACE = "system_distributed";
  private static final String TIMESTAMPS = "cdc_generation_timestamps";
  private static final String STREAMS = "cdc_streams_descriptions_v2";
  private static final String PARTITION = "timestamps";

  /** The setting that holds the shape that the last start asked for. */
  private static final String SHAPE = "shape";

  /** A new generation begins this long ago, so that clocks a little behind can write at once. */
  private static final long HEAD_START_MILLIS = 60_000;

  private static final SetType<ByteBuffer> STREAM_SET =
      SetType.getInstance(BytesType.instance, false);

  private GenerationTables() {}

  /**
   * Makes the tables if they are not there, loads the generations from them, and begins a new one
   * if there is none, or if the last start asked for another shape.
   */
  public static void open(int vnodes, int shards) {
    createTables();
    TreeMap<Long, StreamRing> known = load();
    String shape = vnodes + "x" + shards;
    if (known.isEmpty()) {
      long start = System.currentTimeMillis() - HEAD_START_MILLIS;
      StreamRing ring = StreamRing.create(vnodes, shards, new Random());
      announce(start, ring);
      known.put(start, ring);
    }
    new Generations(known).use();
    String before = StateTables.setting(SHAPE);
    if (!shape.equals(before == null ? shapeOf(known.lastEntry().getValue()) : before)) {
      begin(vnodes, shards, 0);
    }
    if (!shape.equals(before)) {
      StateTables.set(SHAPE, shape);
    }
  }

  /**
   * Begins a generation, which is announced before it is in use.
   *
   * @param aheadMillis how long after now it is in use; at least a millisecond after its
   *     predecessor
   */
  public static void begin(int vnodes, int shards, long aheadMillis) {
    StreamRing ring = StreamRing.create(vnodes, shards, new Random());
    Generations.beginning().lock();
    try {
      Generations before = Generations.current();
      long start = Math.max(Generations.nextMilli() + aheadMillis, before.newestStart() + 1);
      announce(start, ring);
      before.with(start, ring).use();
    } finally {
      Generations.beginning().unlock();
    }
  }

  /** Shows the millisecond from which the newest generation is in use, and its ring. */
  public static void newest(BiConsumer<Long, StreamRing> consumer) {
    Generations generations = Generations.current();
    consumer.accept(generations.newestStart(), generations.newest());
  }

  private static String shapeOf(StreamRing ring) {
    return ring.vnodes().size() + "x" + ring.shards();
  }

  private static void createTables() {
    TableMetadata timestamps =
        TableMetadata.builder(KEYSPACE, TIMESTAMPS, StateTables.idOf(TIMESTAMPS))
            .addPartitionKeyColumn("key", UTF8Type.instance)
            .addClusteringColumn("time", ReversedType.getInstance(TimestampType.instance))
            .addRegularColumn("expired", TimestampType.instance)
            .build();
    TableMetadata streams =
        TableMetadata.builder(KEYSPACE, STREAMS, StateTables.idOf(STREAMS))
            .addPartitionKeyColumn("time", TimestampType.instance)
            .addClusteringColumn("range_end", LongType.instance)
            .addRegularColumn("streams", STREAM_SET)
            .build();
    StateTables.add(timestamps);
    StateTables.add(streams);
    Schema.instance.transform(GenerationTables::replicateOnce);
  }

  /** One copy, so that reads at QUORUM succeed on this one node. */
  private static Keyspaces replicateOnce(Keyspaces schema) {
    KeyspaceMetadata keyspace = schema.getNullable(KEYSPACE);
    return schema.withAddedOrUpdated(keyspace.withSwapped(KeyspaceParams.simple(1)));
  }

  private static TreeMap<Long, StreamRing> load() {
    TreeMap<Long, StreamRing> generations = new TreeMap<>();
    String select = "SELECT time FROM " + KEYSPACE + "." + TIMESTAMPS + " WHERE key = ?";
    for (UntypedResultSet.Row row : QueryProcessor.executeInternal(select, PARTITION)) {
      long millis = row.getTimestamp("time").getTime();
      generations.put(millis, loadRing(millis));
    }
    return generations;
  }

  private static StreamRing loadRing(long millis) {
    NavigableMap<Long, List<StreamId>> ring = new TreeMap<>();
    String select =
        "SELECT range_end, streams FROM " + KEYSPACE + "." + STREAMS + " WHERE time = ?";
    for (UntypedResultSet.Row row : QueryProcessor.executeInternal(select, new Date(millis))) {
      Set<ByteBuffer> streams = row.getFrozenSet("streams", BytesType.instance);
      ring.put(row.getLong("range_end"), streams.stream().map(StreamId::decode).toList());
    }
    return new StreamRing(ring);
  }

  private static void announce(long millis, StreamRing ring) {
    Date time = new Date(millis);
    String addStreams =
        "INSERT INTO " + KEYSPACE + "." + STREAMS + " (time, range_end, streams) VALUES (?, ?, ?)";
    ring.vnodes()
        .forEach(
            (end, streams) ->
                QueryProcessor.executeInternal(addStreams, time, end, encode(streams)));
    // Only now: a reader that sees the timestamp must find all of the streams.
    String addTimestamp =
        "INSERT INTO " + KEYSPACE + "." + TIMESTAMPS + " (key, time) VALUES (?, ?)";
    QueryProcessor.executeInternal(addTimestamp, PARTITION, time);
  }

  private static Set<ByteBuffer> encode(List<StreamId> streams) {
    return streams.stream().map(StreamId::encode).collect(Collectors.toSet());
  }
}
