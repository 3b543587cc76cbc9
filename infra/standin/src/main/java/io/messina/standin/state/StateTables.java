package io.messina.standin.state;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.apache.cassandra.cql3.QueryProcessor;
import org.apache.cassandra.cql3.UntypedResultSet;
import org.apache.cassandra.db.marshal.UTF8Type;
import org.apache.cassandra.schema.KeyspaceMetadata;
import org.apache.cassandra.schema.KeyspaceParams;
import org.apache.cassandra.schema.Schema;
import org.apache.cassandra.schema.SchemaTransformations;
import org.apache.cassandra.schema.TableId;
import org.apache.cassandra.schema.TableMetadata;

/** The keyspace in which the stand-in keeps what must outlive it. */
public final class StateTables {

  /** Its name. */
  public static final String KEYSPACE = "messina_standin_state";

  private static final String SETTINGS = "settings";

  private StateTables() {}

  /** Makes the keyspace and its first table, if they are not there. */
  public static void open() {
    KeyspaceMetadata keyspace = KeyspaceMetadata.create(KEYSPACE, KeyspaceParams.simple(1));
    Schema.instance.transform(SchemaTransformations.addKeyspace(keyspace, true));
    add(
        named(SETTINGS)
            .addPartitionKeyColumn("name", UTF8Type.instance)
            .addRegularColumn("value", UTF8Type.instance)
            .build());
  }

  /** Begins the metadata of one of its tables, which has the same id everywhere. */
  public static TableMetadata.Builder named(String table) {
    return TableMetadata.builder(KEYSPACE, table, idOf(table));
  }

  /** The id of a table of the stand-in's own. */
  public static TableId idOf(String table) {
    return TableId.fromUUID(UUID.nameUUIDFromBytes(table.getBytes(StandardCharsets.UTF_8)));
  }

  /** Makes a table if it is not there. */
  public static void add(TableMetadata table) {
    Schema.instance.transform(SchemaTransformations.addTable(table, true));
  }

  /** A value that was set, or null. */
  public static String setting(String name) {
    UntypedResultSet rows =
        QueryProcessor.executeInternal(
            "SELECT value FROM " + KEYSPACE + "." + SETTINGS + " WHERE name = ?", name);
    return rows.isEmpty() ? null : rows.one().getString("value");
  }

  /** Sets a value. */
  public static void set(String name, String value) {
    QueryProcessor.executeInternal(
        "INSERT INTO " + KEYSPACE + "." + SETTINGS + " (name, value) VALUES (?, ?)", name, value);
  }
}
