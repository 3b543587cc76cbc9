package io.messina.standin.cdc;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.random.RandomGenerator;
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
import org.apache.cassandra.schema.SchemaTransformations;
import org.apache.cassandra.schema.TableId;
import org.apache.cassandra.schema.TableMetadata;

/** The two tables of {@code system_distributed} in which readers look for generations. */
public final class GenerationTables {

  private static final String KEYSPACE = "system_distributed";
  private static final String TIMESTAMPS = "cdc_generation_timestamps";
  private static final String STREAMS = "cdc_streams_descriptions_v2";
  private static final String PARTITION = "timestamps";

  /** A new generation begins this long ago, so that clocks a little behind can write at once. */
  private static final long HEAD_START_MILLIS = 60_000;

  private static final SetType<ByteBuffer> STREAM_SET =
      SetType.getInstance(BytesType.instance, false);

  private GenerationTables() {}

  /**
   * Makes the tables if they are not there, loads the generations from them, and begins a new one
   * if there is none, or none of the wanted shape.
   */
  public static void open(int vnodes, int shards) {
    createTables();
    TreeMap<Long, StreamRing> generations = load();
    if (generations.isEmpty()) {
      begin(generations, System.currentTimeMillis() - HEAD_START_MILLIS, vnodes, shards);
    } else if (!hasShape(generations.lastEntry().getValue(), vnodes, shards)) {
      begin(generations, System.currentTimeMillis(), vnodes, shards);
    }
    new Generations(generations).use();
  }

  private static boolean hasShape(StreamRing ring, int vnodes, int shards) {
    return ring.vnodes().size() == vnodes && ring.shards() == shards;
  }

  private static void createTables() {
    TableMetadata timestamps =
        TableMetadata.builder(KEYSPACE, TIMESTAMPS, idOf(TIMESTAMPS))
            .addPartitionKeyColumn("key", UTF8Type.instance)
            .addClusteringColumn("time", ReversedType.getInstance(TimestampType.instance))
            .addRegularColumn("expired", TimestampType.instance)
            .build();
    TableMetadata streams =
        TableMetadata.builder(KEYSPACE, STREAMS, idOf(STREAMS))
            .addPartitionKeyColumn("time", TimestampType.instance)
            .addClusteringColumn("range_end", LongType.instance)
            .addRegularColumn("streams", STREAM_SET)
            .build();
    Schema.instance.transform(SchemaTransformations.addTable(timestamps, true));
    Schema.instance.transform(SchemaTransformations.addTable(streams, true));
    Schema.instance.transform(GenerationTables::replicateOnce);
  }

  /** One copy, so that reads at QUORUM succeed on this one node. */
  private static Keyspaces replicateOnce(Keyspaces schema) {
    KeyspaceMetadata keyspace = schema.getNullable(KEYSPACE);
    return schema.withAddedOrUpdated(keyspace.withSwapped(KeyspaceParams.simple(1)));
  }

  private static TableId idOf(String table) {
    return TableId.fromUUID(UUID.nameUUIDFromBytes(table.getBytes(StandardCharsets.UTF_8)));
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

  private static void begin(
      TreeMap<Long, StreamRing> generations, long millis, int vnodes, int shards) {
    RandomGenerator random = new Random();
    StreamRing ring = StreamRing.create(vnodes, shards, random);
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
    generations.put(millis, ring);
  }

  private static Set<ByteBuffer> encode(List<StreamId> streams) {
    return streams.stream().map(StreamId::encode).collect(Collectors.toSet());
  }
}
