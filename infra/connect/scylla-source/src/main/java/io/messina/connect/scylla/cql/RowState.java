package io.messina.connect.scylla.cql;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * A row, or a static row, as it was read.
 *
 * @param schema the table as it was when the read began
 * @param kind which of the two
 * @param values the serialized values of {@link TableSchema#columns(RowKey.Kind)}, or null where
 *     there is no row
 */
public record RowState(TableSchema schema, RowKey.Kind kind, ByteBuffer[] values) {

  private static final long PRIME = 0x100000001b3L;
  private static final long SEED = 0xcbf29ce484222325L;

  /** A row that is not there. */
  public static RowState absent(TableSchema schema, RowKey.Kind kind) {
    return new RowState(schema, kind, null);
  }

  /** What was read, which may be nothing; a static row without a value is none. */
  static RowState of(TableSchema schema, RowKey.Kind kind, ByteBuffer[] values) {
    boolean gone = kind == RowKey.Kind.STATIC && isEmpty(values, schema.partitionKey().size());
    return gone ? absent(schema, kind) : new RowState(schema, kind, values);
  }

  static boolean isEmpty(ByteBuffer[] values, int keyColumns) {
    for (int i = keyColumns; i < values.length; i++) {
      if (values[i] != null) {
        return false;
      }
    }
    return true;
  }

  /** Whether the row is there. */
  public boolean exists() {
    return values != null;
  }

  /** How many bytes its values have. */
  public long size() {
    long size = 0;
    if (values != null) {
      for (ByteBuffer value : values) {
        size += value == null ? 0 : value.remaining();
      }
    }
    return size;
  }

  /**
   * A 64-bit hash of what is in the row; the same for two reads exactly where an event would be
   * equal.
   *
   * <p>Column names and types count, with the fields of user types, and nulls do not: a column added
   * but not filled changes nothing.
   */
  public long hash() {
    if (values == null) {
      return 0;
    }
    List<Column> columns = schema.columns(kind);
    long hash = mix(SEED ^ schema.userTypesHash());
    for (int i = 0; i < values.length; i++) {
      ByteBuffer value = values[i];
      if (value != null) {
        hash = mix(hash ^ columns.get(i).name().hashCode());
        hash = mix(hash ^ columns.get(i).type().hashCode());
        hash = mix(hash ^ value.remaining());
        for (int at = value.position(); at < value.limit(); at++) {
          hash = (hash ^ value.get(at)) * PRIME;
        }
      }
    }
    return mix(hash);
  }

  private static long mix(long value) {
    long k = (value ^ value >>> 33) * 0xff51afd7ed558ccdL;
    return k ^ k >>> 29;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RowState row
        && schema.equals(row.schema)
        && kind == row.kind
        && Arrays.equals(values, row.values);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(hash());
  }
}
