package io.messina.connect.scylla.cql;

import io.messina.connect.scylla.types.Codec;
import io.messina.connect.scylla.types.Codecs;
import io.messina.connect.scylla.types.UserTypes;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A source table at one moment; two are equal where nothing changed. */
public final class TableSchema {

  private static final UUID UNKNOWN = new UUID(0, 0);

  private final TableId id;
  private final UUID uuid;
  private final UserTypes userTypes;
  private final int userTypesHash;
  private final boolean mayHaveStatics;
  private final Map<String, Codec> codecs = new HashMap<>();
  private final List<Column> columns;
  private final List<Column> partitionKey;
  private final List<Column> key;
  private final List<Column> rowColumns;
  private final List<Column> staticColumns;

  /** A table of these columns, given in any order. */
  public TableSchema(TableId id, List<Column> columns) {
    this(id, UNKNOWN, columns, UserTypes.NONE);
  }

  /**
   * A table of these columns, given in any order.
   *
   * @param uuid the server's id of the table: another one after DROP and CREATE
   * @param userTypes the keyspace's user types; those that the columns use count
   */
  public TableSchema(TableId id, UUID uuid, List<Column> columns, UserTypes userTypes) {
    this(
        id,
        uuid,
        columns,
        userTypes,
        columns.stream().anyMatch(c -> c.kind() == Column.Kind.STATIC));
  }

  private TableSchema(
      TableId id, UUID uuid, List<Column> columns, UserTypes userTypes, boolean mayHaveStatics) {
    this.id = id;
    this.mayHaveStatics = mayHaveStatics;
    this.uuid = uuid;
    this.userTypes = userTypes.usedBy(columns.stream().map(Column::type).toList());
    this.userTypesHash = this.userTypes.hashCode();
    for (Column column : columns) {
      Codecs.of(column.type(), userTypes).ifPresent(codec -> codecs.put(column.name(), codec));
    }
    this.columns =
        columns.stream()
            .sorted(
                Comparator.comparing(Column::kind)
                    .thenComparing(Column::position)
                    .thenComparing(Column::name))
            .toList();
    this.partitionKey = only(c -> c.kind() == Column.Kind.PARTITION_KEY);
    this.key = only(Column::isKey);
    this.rowColumns = only(c -> c.kind() != Column.Kind.STATIC);
    this.staticColumns =
        Stream.concat(
                partitionKey.stream(), only(c -> c.kind() == Column.Kind.STATIC).stream())
            .toList();
  }

  /** The same with columns of such names only, and those of the key. */
  public TableSchema carrying(Predicate<String> names) {
    List<Column> left = only(column -> column.isKey() || names.test(column.name()));
    return new TableSchema(id, uuid, left, userTypes, mayHaveStatics);
  }

  private List<Column> only(Predicate<Column> which) {
    return columns.stream().filter(which).toList();
  }

  /** The table's name. */
  public TableId id() {
    return id;
  }

  /** The server's id of the table: another one after DROP and CREATE. */
  public UUID uuid() {
    return uuid;
  }

  /** A hash of the user types that the columns use. */
  int userTypesHash() {
    return userTypesHash;
  }

  /** Whether the type of a column is carried. */
  public boolean carries(Column column) {
    return codecs.containsKey(column.name());
  }

  /** How a column looks in Kafka; only for such as are carried. */
  public Codec codec(Column column) {
    return Objects.requireNonNull(codecs.get(column.name()), column.name());
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

  /** The columns of the key of a row, or of a static row. */
  public List<Column> key(RowKey.Kind kind) {
    return kind == RowKey.Kind.STATIC ? partitionKey : key;
  }

  /** Whether rows of one partition are told apart by clustering columns. */
  public boolean hasClustering() {
    return key.size() > partitionKey.size();
  }

  /** Whether rows of one partition share columns. */
  public boolean hasStatics() {
    return staticColumns.size() > partitionKey.size();
  }

  /** Whether the table has static columns, though they may all be excluded. */
  public boolean mayHaveStatics() {
    return mayHaveStatics;
  }

  /** The columns that a row's event carries: all but the statics. */
  public List<Column> rowColumns() {
    return rowColumns;
  }

  /** The columns that the event of a row, or of a static row, carries: its key's first. */
  public List<Column> columns(RowKey.Kind kind) {
    return kind == RowKey.Kind.STATIC ? staticColumns : rowColumns;
  }

  /** The query for one row by its primary key. */
  public String rowQuery() {
    return "SELECT " + names(rowColumns) + from(id) + equal(key);
  }

  /** The query for one static row by its partition key; there is one where the partition exists. */
  public String staticQuery() {
    return "SELECT DISTINCT " + names(staticColumns) + from(id) + equal(partitionKey);
  }

  /** The query for the rows with tokens from one to another. */
  public String rangeQuery() {
    return "SELECT " + names(rowColumns) + from(id) + tokens();
  }

  /** The query for the static rows with tokens from one to another. */
  public String staticRangeQuery() {
    return "SELECT DISTINCT " + names(staticColumns) + from(id) + tokens();
  }

  /**
   * The query for the log of one stream in a window: only what says which row changed, when and
   * how.
   *
   * <p>Without the values, so the query does not change when a column is added.
   */
  public String logQuery() {
    return "SELECT \"cdc$time\", \"cdc$batch_seq_no\", \"cdc$operation\", \"cdc$ttl\", "
        + names(key)
        + from(id.log())
        + "\"cdc$stream_id\" = ? AND \"cdc$time\" >= ? AND \"cdc$time\" < ?";
  }

  private static String from(TableId table) {
    return " FROM " + table.cql() + " WHERE ";
  }

  private static String equal(List<Column> columns) {
    return columns.stream()
        .map(c -> TableId.quote(c.name()) + " = ?")
        .collect(Collectors.joining(" AND "));
  }

  private String tokens() {
    String token = "token(" + names(partitionKey) + ")";
    return token + " >= ? AND " + token + " <= ?";
  }

  private static String names(List<Column> columns) {
    return columns.stream().map(c -> TableId.quote(c.name())).collect(Collectors.joining(", "));
  }

  @Override
  public boolean equals(Object other) {
    return other == this
        || other instanceof TableSchema table
            && id.equals(table.id)
            && uuid.equals(table.uuid)
            && columns.equals(table.columns)
            && userTypes.equals(table.userTypes);
  }

  @Override
  public int hashCode() {
    return columns.hashCode();
  }
}
