package io.messina.connect.scylla.cql;

import java.util.ArrayList;
import java.util.List;

/** Which tables the connector can carry. */
public final class TableRules {

  private TableRules() {}

  /** What stands against a table, one line each, empty where nothing does. */
  public static List<String> faults(TableSchema table) {
    List<String> faults = new ArrayList<>();
    for (Column column : table.columns()) {
      String where = "table " + table.id() + ", column " + column.name();
      if (column.type().name().equals("counter")) {
        faults.add(where + ": counters cannot be carried, as Scylla keeps no CDC log for them");
      } else if (!table.carries(column)) {
        faults.add(where + ": type " + column.type() + " is not known to the connector");
      }
    }
    return faults;
  }

  /** Throws where anything stands against a table. */
  static void refuse(TableSchema table) {
    List<String> faults = faults(table);
    if (!faults.isEmpty()) {
      throw new TableStoppedException(
          String.join("; ", faults)
              + ". Nothing was emitted for this window; drop the column or take the table out"
              + " of 'tables', then restart the connector.");
    }
  }
}
