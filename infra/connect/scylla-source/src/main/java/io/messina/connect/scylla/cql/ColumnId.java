package io.messina.connect.scylla.cql;

/**
 * A column's full name, as the database stores it (no quotes).
 *
 * @param table its table
 * @param name the column
 */
public record ColumnId(TableId table, String name) {

  /** Reads {@code keyspace.table.column}; only the column's own name may have dots. */
  public static ColumnId parse(String text) {
    int first = text.indexOf('.');
    int second = first < 0 ? -1 : text.indexOf('.', first + 1);
    if (first < 1 || second <= first + 1 || second == text.length() - 1) {
      throw new IllegalArgumentException("expected keyspace.table.column, got '" + text + "'");
    }
    return new ColumnId(TableId.parse(text.substring(0, second)), text.substring(second + 1));
  }

  @Override
  public String toString() {
    return table + "." + name;
  }
}
