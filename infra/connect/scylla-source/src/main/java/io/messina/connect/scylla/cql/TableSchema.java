package io.messina.connect.scylla.cql;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** A source table at one moment; two are equal where nothing changed. */
public final class TableSchema {

  private final TableId id;
  private final List<Column> columns;
  private final List<Column> partitionKey;
  private final List<Column> key;
  private final List<Column> rowColumns;

  /** A table of these columns, given in any order. */
  public TableSchema(TableId id, List<Column> columns) {
    this.id = id;
    this.columns =
        columns.stream()
            .sorted(
                Comparator.comparing(Column::kind)
                    .thenComparing(Column::position)
                    .thenComparing(Column::name))
            .toList();
    this.partitionKey =
        this.columns.stream().filter(c -> c.kind() == Column.Kind.PARTITION_KEY).toList();
    this.key = this.columns.stream().filter(Column::isKey).toList();
    this.rowColumns = this.columns.stream().filter(c -> c.kind() != Column.Kind.STATIC).toList();
  }

  /** The table's name. */
  public TableId id() {
    return id;
  }

  /** All columns: those of the key first, in CQL order, then the others by name. */
  public List<Column> columns() {
    return columns;
  }

  /** The columns of the partition key. */
  public List<Column> partitionKey() {
    return partitionKey;
  }

  /** The columns of the primary key, partition key first. */
  public List<Column> key() {
    return key;
  }

  /** Whether rows of one partition are told apart by clustering columns. */
  public boolean hasClustering() {
    return key.size() > partitionKey.size();
  }

  /** The columns that a row's event carries: all but the statics. */
  public List<Column> rowColumns() {
    return rowColumns;
  }

  /** The query for one row by its primary key. */
  public String rowQuery() {
    String where =
        key.stream()
            .map(c -> TableId.quote(c.name()) + " = ?")
            .collect(Collectors.joining(" AND "));
    return "SELECT " + names(rowColumns) + " FROM " + id.cql() + " WHERE " + where;
  }

  /**
   * The query for the log of one stream in a window: only what says which row changed, when and
   * how.
   *
   * <p>Without the values, so the query does not change when a column is added.
   */
  public String logQuery() {
    return "SELECT \"cdc$time\", \"cdc$operation\", \"cdc$ttl\", "
        + names(key)
        + " FROM "
        + id.log().cql()
        + " WHERE \"cdc$stream_id\" = ? AND \"cdc$time\" >= ? AND \"cdc$time\" < ?";
  }

  private static String names(List<Column> columns) {
    return columns.stream().map(c -> TableId.quote(c.name())).collect(Collectors.joining(", "));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TableSchema table
        && id.equals(table.id)
        && columns.equals(table.columns);
  }

  @Override
  public int hashCode() {
    return columns.hashCode();
  }
}
