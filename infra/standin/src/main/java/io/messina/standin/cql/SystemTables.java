package io.messina.standin.cql;

import java.util.Map;

/**
 * The tables that ScyllaDB has in its system keyspaces and Cassandra has not. Cassandra's own
 * keyspaces take no further tables, so queries of these are sent to tables of the stand-in's.
 */
final class SystemTables {

  private static final Map<String, String> OURS =
      Map.of(
          "system.cdc_streams", "messina_standin_state.cdc_streams",
          "system.cdc_timestamps", "messina_standin_state.cdc_timestamps",
          "system_schema.scylla_keyspaces", "messina_standin_state.scylla_keyspaces",
          "system_schema.scylla_tables", "messina_standin.scylla_tables");

  private static final int TOKENS = 3;

  private SystemTables() {}

  /**
   * Replaces the name of a table, if one stands at an index.
   *
   * @return the index after the name, or {@code index} when none stands there
   */
  static int rewrite(Statement statement, int index, Edits edits) {
    Token table = statement.at(index + 2);
    if (table == null || !table.isName() || !statement.isSymbol(index + 1, '.')) {
      return index;
    }
    String ours = OURS.get(statement.at(index).name() + "." + table.name());
    if (ours == null) {
      return index;
    }
    edits.replace(statement.at(index).start(), table.end(), ours);
    return index + TOKENS;
  }
}
