package io.messina.standin.cdc;

import io.messina.standin.state.StateTables;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.cassandra.cql3.QueryProcessor;
import org.apache.cassandra.cql3.UntypedResultSet;
import org.apache.cassandra.db.marshal.Int32Type;
import org.apache.cassandra.db.marshal.MapType;
import org.apache.cassandra.db.marshal.UTF8Type;
import org.apache.cassandra.schema.Schema;

/**
 * The keyspaces whose tables have tablets, in the table in which drivers look for them: {@code
 * system_schema.scylla_keyspaces}.
 */
final class TabletKeyspaces {

  private static final String TABLE = "scylla_keyspaces";

  private static final Map<String, Integer> INITIAL = new ConcurrentHashMap<>();

  private TabletKeyspaces() {}

  /** Makes the table if it is not there, and loads it. */
  static void open() {
    StateTables.add(
        StateTables.named(TABLE)
            .addPartitionKeyColumn("keyspace_name", UTF8Type.instance)
            .addRegularColumn("consistency", UTF8Type.instance)
            .addRegularColumn("initial_tablets", Int32Type.instance)
            .addRegularColumn(
                "storage_options",
                MapType.getInstance(UTF8Type.instance, UTF8Type.instance, false))
            .addRegularColumn("storage_type", UTF8Type.instance)
            .build());
    String select =
        "SELECT keyspace_name, initial_tablets FROM " + StateTables.KEYSPACE + "." + TABLE;
    for (UntypedResultSet.Row row : QueryProcessor.executeInternal(select)) {
      String keyspace = row.getString("keyspace_name");
      if (Schema.instance.getKeyspaceMetadata(keyspace) == null) {
        remove(keyspace);
      } else {
        INITIAL.put(keyspace, row.getInt("initial_tablets"));
      }
    }
  }

  /** Says whether the tables of a keyspace have tablets. */
  static boolean contains(String keyspace) {
    return INITIAL.containsKey(keyspace);
  }

  /** How many tablets a new table of a keyspace has; 0 leaves it to the server. */
  static int initialTablets(String keyspace) {
    return INITIAL.getOrDefault(keyspace, 0);
  }

  /** Remembers a keyspace with tablets. */
  static void add(String keyspace, int initialTablets) {
    QueryProcessor.executeInternal(
        "INSERT INTO " + StateTables.KEYSPACE + "." + TABLE
            + " (keyspace_name, initial_tablets) VALUES (?, ?)",
        keyspace,
        initialTablets);
    INITIAL.put(keyspace, initialTablets);
  }

  /** Forgets a keyspace. */
  static void remove(String keyspace) {
    INITIAL.remove(keyspace);
    QueryProcessor.executeInternal(
        "DELETE FROM " + StateTables.KEYSPACE + "." + TABLE + " WHERE keyspace_name = ?",
        keyspace);
  }
}
