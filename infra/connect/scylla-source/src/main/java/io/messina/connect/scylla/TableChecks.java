package io.messina.connect.scylla;

import io.messina.connect.scylla.cql.CdcOptions;
import io.messina.connect.scylla.cql.CqlSession;
import io.messina.connect.scylla.cql.SchemaReader;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.TableRules;
import io.messina.connect.scylla.cql.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
        if (!CdcOptions.isEnabled(session.metadata(), table)) {
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
}
