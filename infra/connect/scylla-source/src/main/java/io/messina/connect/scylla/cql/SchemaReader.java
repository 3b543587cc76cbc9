package io.messina.connect.scylla.cql;

import io.messina.connect.scylla.types.CqlType;
import java.util.List;
import java.util.Locale;
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
        : uuid(table).map(uuid -> new TableSchema(table, uuid, columns));
  }

  private Optional<UUID> uuid(TableId table) {
    return session.all(new SimpleStatement(TABLE, table.keyspace(), table.name())).stream()
        .map(row -> row.getUUID(0))
        .findFirst();
  }

  private static Column column(Row row) {
    return new Column(
        row.getString("column_name"),
        CqlType.parse(row.getString("type")),
        Column.Kind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)),
        row.getInt("position"));
  }
}
