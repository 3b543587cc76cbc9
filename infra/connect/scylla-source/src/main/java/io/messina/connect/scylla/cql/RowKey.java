package io.messina.connect.scylla.cql;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * What is read as one: a row by its primary key, or a partition's static row by its partition key;
 * as the serialized values of the key's columns, in CQL order.
 */
public final class RowKey {

  /** What a key names. */
  public enum Kind {
    /** A row. */
    ROW,
    /** What the rows of a partition share. */
    STATIC
  }

  private final Kind kind;
  private final List<ByteBuffer> parts;
  private final int hash;

  /** The key of a row; none of the values may be null. */
  public RowKey(List<ByteBuffer> primaryKey) {
    this(Kind.ROW, primaryKey);
  }

  /** A key of either kind; none of the values may be null. */
  public RowKey(Kind kind, List<ByteBuffer> parts) {
    this.kind = kind;
    this.parts = List.copyOf(parts);
    this.hash = 31 * this.parts.hashCode() + kind.ordinal();
  }

  /** The key of a partition's static row; none of the values may be null. */
  public static RowKey ofStatic(List<ByteBuffer> partitionKey) {
    return new RowKey(Kind.STATIC, partitionKey);
  }

  /** What it names. */
  public Kind kind() {
    return kind;
  }

  /** The serialized values. */
  public List<ByteBuffer> parts() {
    return parts;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RowKey key
        && hash == key.hash
        && kind == key.kind
        && parts.equals(key.parts);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
