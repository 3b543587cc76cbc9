package io.messina.connect.scylla.cql;

import io.messina.connect.scylla.types.CqlType;
import io.messina.connect.scylla.types.UserTypes;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import shaded.com.scylladb.cdc.driver3.driver.core.Row;
import shaded.com.scylladb.cdc.driver3.driver.core.SimpleStatement;

/**
 * Reads a table's columns from the server itself: the driver's metadata lags a schema change by a
 * second.
 */
public final class SchemaReader {

  private static final String COLUMNS =
      "SELECT column_name, kind, position, type FROM system_schema.columns"
          + " WHERE keyspace_name = ? AND table_name = ?";

  private static final String TABLE =
      "SELECT id FROM system_schema.tables WHERE keyspace_name = ? AND table_name = ?";

  private static final String TYPES =
      "SELECT type_name, field_names, field_types FROM system_schema.types WHERE keyspace_name = ?";

  private final CqlSession session;

  /** Reads over a session. */
  public SchemaReader(CqlSession session) {
    this.session = session;
  }

  /** The table as it is now, or nothing where there is none. */
  public Optional<TableSchema> read(TableId table) {
    List<Row> rows = session.all(new SimpleStatement(COLUMNS, table.keyspace(), table.name()));
    List<Column> columns = rows.stream().map(SchemaReader::column).toList();
    return columns.isEmpty()
        ? Optional.empty()
        : uuid(table)
            .map(uuid -> new TableSchema(table, uuid, columns, userTypes(table.keyspace())));
  }

  private Optional<UUID> uuid(TableId table) {
    return session.all(new SimpleStatement(TABLE, table.keyspace(), table.name())).stream()
        .map(row -> row.getUUID(0))
        .findFirst();
  }

  private UserTypes userTypes(String keyspace) {
    Map<String, List<UserTypes.Field>> types = new HashMap<>();
    for (Row row : session.all(new SimpleStatement(TYPES, keyspace))) {
      List<String> names = row.getList(1, String.class);
      types.put(row.getString(0), UserTypes.fields(names, row.getList(2, String.class)));
    }
    return new UserTypes(types);
  }

  private static Column column(Row row) {
    return new Column(
        row.getString("column_name"),
        CqlType.parse(row.getString("type")),
        Column.Kind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)),
        row.getInt("position"));
  }
}
