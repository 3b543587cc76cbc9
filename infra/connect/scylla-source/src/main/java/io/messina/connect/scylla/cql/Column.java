package io.messina.connect.scylla.cql;

import io.messina.connect.scylla.types.CqlType;

/**
 * A column of a source table.
 *
 * @param name its name
 * @param type its type
 * @param kind what it is to the table
 * @param position its place among the key columns of its kind, -1 for others
 */
public record Column(String name, CqlType type, Kind kind, int position) {

  /** What a column is to its table, spelled as {@code system_schema.columns} does. */
  public enum Kind {
    PARTITION_KEY,
    CLUSTERING,
    STATIC,
    REGULAR
  }

  /** Whether it is part of the primary key. */
  public boolean isKey() {
    return kind == Kind.PARTITION_KEY || kind == Kind.CLUSTERING;
  }
}
