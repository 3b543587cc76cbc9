package io.messina.connect.scylla.signal;

import com.fasterxml.jackson.databind.JsonNode;
import io.messina.connect.scylla.cql.Column;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.TableSchema;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Reads the keys of a signal: JSON objects with the columns of a table's key. */
final class SignalKeys {

  /** What CQL has room for in the length of a partition key, or of a clustering column. */
  private static final int LONGEST = 65_535;

  private final TableSchema table;
  private final RowKey.Kind kind;

  /** Keys of a table's rows, or of its static rows. */
  SignalKeys(TableSchema table, RowKey.Kind kind) {
    this.table = table;
    this.kind = kind;
  }

  /** The key that this object is; the exception says what is wrong with it. */
  RowKey parse(JsonNode json) {
    List<Column> columns = table.key(kind);
    List<ByteBuffer> parts = new ArrayList<>(columns.size());
    for (Column column : columns) {
      parts.add(part(column, json.get(column.name())));
    }
    if (json.size() > columns.size()) {
      throw new IllegalArgumentException(
          "expected just the columns " + columns.stream().map(Column::name).toList());
    }
    checkPartition(parts.subList(0, table.partitionKey().size()));
    return new RowKey(kind, parts);
  }

  private ByteBuffer part(Column column, JsonNode value) {
    if (value == null || value.isNull()) {
      throw new IllegalArgumentException("column " + column.name() + " is missing");
    }
    try {
      ByteBuffer bytes = table.codec(column).parse(value);
      if (bytes.remaining() > LONGEST) {
        throw new IllegalArgumentException(bytes.remaining() + " bytes are no key");
      }
      return bytes;
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "column " + column.name() + " (" + column.type() + "): " + e.getMessage(), e);
    }
  }

  /** What the server would refuse to look up. */
  private static void checkPartition(List<ByteBuffer> parts) {
    int length = parts.stream().mapToInt(ByteBuffer::remaining).sum();
    if (parts.size() == 1 && length == 0) {
      throw new IllegalArgumentException("an empty value is no partition key");
    }
    if (parts.size() > 1 && length + 3 * parts.size() > LONGEST) {
      throw new IllegalArgumentException("the partition key is longer than " + LONGEST + " bytes");
    }
  }
}
