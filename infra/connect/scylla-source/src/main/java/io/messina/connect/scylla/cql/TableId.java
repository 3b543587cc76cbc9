package io.messina.connect.scylla.cql;

/**
 * A table's full name, as the database stores it (no quotes).
 *
 * @param keyspace the keyspace
 * @param name the table
 */
public record TableId(String keyspace, String name) implements Comparable<TableId> {

  private static final String LOG_SUFFIX = "_scylla_cdc_log";
  private static final String STATIC_SUFFIX = "__static";

  /** Reads {@code keyspace.table}. */
  public static TableId parse(String text) {
    int dot = text.indexOf('.');
    if (dot < 1 || dot == text.length() - 1) {
      throw new IllegalArgumentException("expected keyspace.table, got '" + text + "'");
    }
    return new TableId(text.substring(0, dot), text.substring(dot + 1));
  }

  /** The table that holds this one's CDC log. */
  public TableId log() {
    return new TableId(keyspace, name + LOG_SUFFIX);
  }

  /** The name under which the table's static rows go: the end of their topic, a table in the sink. */
  public TableId statics() {
    return new TableId(keyspace, name + STATIC_SUFFIX);
  }

  /** The name as CQL wants it, quoted. */
  public String cql() {
    return quote(keyspace) + "." + quote(name);
  }

  /** A name in double quotes. */
  public static String quote(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  @Override
  public int compareTo(TableId other) {
    return toString().compareTo(other.toString());
  }

  @Override
  public String toString() {
    return keyspace + "." + name;
  }
}
