package io.messina.standin.control;

import io.messina.standin.cdc.CdcTables;
import java.util.Map;
import org.apache.cassandra.db.marshal.BooleanType;
import org.apache.cassandra.db.marshal.MapType;
import org.apache.cassandra.db.marshal.UTF8Type;
import org.apache.cassandra.db.marshal.UUIDType;
import org.apache.cassandra.db.virtual.AbstractVirtualTable;
import org.apache.cassandra.db.virtual.SimpleDataSet;
import org.apache.cassandra.dht.LocalPartitioner;
import org.apache.cassandra.schema.KeyspaceMetadata;
import org.apache.cassandra.schema.Schema;
import org.apache.cassandra.schema.TableMetadata;

/** What ScyllaDB tells in {@code system_schema.scylla_tables}: CDC options and partitioners. */
final class ScyllaTables extends AbstractVirtualTable {

  private static final String LOG_PARTITIONER = "com.scylladb.dht.CDCPartitioner";

  private static final MapType<String, String> OPTIONS =
      MapType.getInstance(UTF8Type.instance, UTF8Type.instance, false);

  ScyllaTables() {
    super(
        TableMetadata.builder(Controls.KEYSPACE, "scylla_tables")
            .kind(TableMetadata.Kind.VIRTUAL)
            .partitioner(new LocalPartitioner(UTF8Type.instance))
            .addPartitionKeyColumn("keyspace_name", UTF8Type.instance)
            .addClusteringColumn("table_name", UTF8Type.instance)
            .addRegularColumn("cdc", OPTIONS)
            .addRegularColumn("committed_by_group0", BooleanType.instance)
            .addRegularColumn("in_memory", BooleanType.instance)
            .addRegularColumn("partitioner", UTF8Type.instance)
            .addRegularColumn("storage_engine", UTF8Type.instance)
            .addRegularColumn("tablets", OPTIONS)
            .addRegularColumn("version", UUIDType.instance)
            .build());
  }

  @Override
  public DataSet data() {
    SimpleDataSet rows = new SimpleDataSet(metadata);
    for (KeyspaceMetadata keyspace : Schema.instance.distributedKeyspaces()) {
      for (TableMetadata table : keyspace.tables) {
        rows.row(table.keyspace, table.name).column("version", table.id.asUUID());
        Map<String, String> options = CdcTables.shownOptions(table);
        if (options != null) {
          rows.column("cdc", options);
        }
        if (CdcTables.isLog(table)) {
          rows.column("partitioner", LOG_PARTITIONER);
        }
      }
    }
    return rows;
  }
}
