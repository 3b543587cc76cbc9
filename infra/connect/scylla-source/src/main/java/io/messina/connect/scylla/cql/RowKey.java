package io.messina.connect.scylla.cql;

import java.nio.ByteBuffer;
import java.util.List;

/** A primary key as the serialized values of its columns, in CQL order. */
public final class RowKey {

  private final List<ByteBuffer> parts;
  private final int hash;

  /** Takes the values of all key columns; none may be null. */
  public RowKey(List<ByteBuffer> parts) {
    this.parts = List.copyOf(parts);
    this.hash = this.parts.hashCode();
  }

  /** The serialized values. */
  public List<ByteBuffer> parts() {
    return parts;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RowKey key && hash == key.hash && parts.equals(key.parts);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
