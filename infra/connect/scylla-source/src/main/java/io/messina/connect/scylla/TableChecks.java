package io.messina.connect.scylla;

import io.messina.connect.scylla.cql.CqlSession;
import io.messina.connect.scylla.cql.SchemaReader;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.TableRules;
import io.messina.connect.scylla.cql.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import shaded.com.scylladb.cdc.driver3.driver.core.KeyspaceMetadata;
import shaded.com.scylladb.cdc.driver3.driver.core.Metadata;
import shaded.com.scylladb.cdc.driver3.driver.core.TableMetadata;

/** Looks at the tables of a configuration before anything runs. */
final class TableChecks {

  private TableChecks() {}

  /** What stands against carrying the tables, one line each. */
  static List<String> faults(CqlSession session, List<TableId> tables) {
    List<String> faults = new ArrayList<>();
    SchemaReader schemas = new SchemaReader(session);
    for (TableId table : tables) {
      Optional<TableSchema> schema = schemas.read(table);
      if (schema.isEmpty()) {
        faults.add("table " + table + " does not exist");
      } else {
        faults.addAll(TableRules.faults(schema.get()));
        if (!hasCdc(session.metadata(), table)) {
          faults.add(
              "table "
                  + table
                  + " has no CDC; switch it on: ALTER TABLE "
                  + table.cql()
                  + " WITH cdc = {'enabled': true}");
        }
      }
    }
    return faults;
  }

  private static boolean hasCdc(Metadata metadata, TableId id) {
    KeyspaceMetadata keyspace = metadata.getKeyspace(Metadata.quote(id.keyspace()));
    TableMetadata table = keyspace == null ? null : keyspace.getTable(Metadata.quote(id.name()));
    return table != null && table.getOptions().isScyllaCDC();
  }
}
