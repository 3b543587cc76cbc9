package io.messina.connect.scylla.cql;

import io.messina.connect.scylla.types.CqlType;
import io.messina.connect.scylla.types.UserTypes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Tables, keys and values for tests. */
public final class Tables {

  public static final TableId ID = new TableId("ops", "flights");

  private Tables() {}

  /** A table with the key (id int, leg text) and text columns of these names. */
  public static TableSchema flights(String... others) {
    List<Column> columns = new ArrayList<>();
    for (String other : others) {
      columns.add(column(other, "text", Column.Kind.REGULAR, -1));
    }
    columns.add(column("leg", "text", Column.Kind.CLUSTERING, 0));
    columns.add(column("id", "int", Column.Kind.PARTITION_KEY, 0));
    return new TableSchema(ID, columns);
  }

  /** A table with the key (id int, leg text), a text column "a" and static text columns. */
  public static TableSchema withStatics(String... statics) {
    List<Column> columns = new ArrayList<>(flights("a").columns());
    for (String name : statics) {
      columns.add(column(name, "text", Column.Kind.STATIC, -1));
    }
    return new TableSchema(ID, columns);
  }

  /** The same table after DROP and CREATE. */
  public static TableSchema recreated(TableSchema table) {
    UUID uuid = new UUID(table.uuid().getMostSignificantBits() + 1, 2);
    return new TableSchema(table.id(), uuid, table.columns(), UserTypes.NONE);
  }

  public static Column column(String name, String type, Column.Kind kind, int position) {
    return new Column(name, CqlType.parse(type), kind, position);
  }

  public static ByteBuffer number(int value) {
    return ByteBuffer.allocate(4).putInt(value).flip();
  }

  public static ByteBuffer text(String value) {
    return value == null ? null : ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8));
  }

  public static RowKey key(int id, String leg) {
    return new RowKey(List.of(number(id), text(leg)));
  }
}
