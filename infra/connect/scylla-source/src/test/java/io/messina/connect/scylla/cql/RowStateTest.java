package io.messina.connect.scylla.cql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.types.CqlType;
import io.messina.connect.scylla.types.UserTypes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RowStateTest {

  private static RowState row(TableSchema schema, String... others) {
    ByteBuffer[] values = new ByteBuffer[2 + others.length];
    values[0] = Tables.number(1);
    values[1] = Tables.text("x");
    for (int i = 0; i < others.length; i++) {
      values[2 + i] = Tables.text(others[i]);
    }
    return new RowState(schema, RowKey.Kind.ROW, values);
  }

  /** Equal rows hash alike, rows that differ in one value do not. */
  @Test
  void hashTellsRowsApart() {
    TableSchema schema = Tables.flights("a", "b");
    assertEquals(row(schema, "1", "2").hash(), row(schema, "1", "2").hash());
    assertNotEquals(row(schema, "1", "2").hash(), row(schema, "1", "3").hash());
    assertNotEquals(row(schema, "12", "").hash(), row(schema, "1", "2").hash());
    assertNotEquals(row(schema, null, "1").hash(), row(schema, "1", null).hash());
    assertNotEquals(row(schema, "", null).hash(), row(schema, null, null).hash());
  }

  /** A column that was added and not filled changes nothing. */
  @Test
  void emptyColumnDoesNotCount() {
    assertEquals(
        row(Tables.flights("b"), "1").hash(), row(Tables.flights("a", "b"), null, "1").hash());
  }

  /** A row that is not there differs from one that has only its key. */
  @Test
  void absentIsNotEmpty() {
    TableSchema schema = Tables.flights("a");
    assertNotEquals(RowState.absent(schema, RowKey.Kind.ROW).hash(), row(schema, (String) null).hash());
  }

  /** A column that was dropped and added with another type differs, whatever its bytes. */
  @Test
  void typeCounts() {
    TableSchema text = Tables.flights("a");
    List<Column> columns = new ArrayList<>(text.key());
    columns.add(Tables.column("a", "blob", Column.Kind.REGULAR, -1));
    assertNotEquals(
        row(text, "1").hash(), row(new TableSchema(Tables.ID, columns), "1").hash());
  }

  /** A static row whose columns are all null is not there; a row of its key alone is. */
  @Test
  void emptyStaticRowIsNone() {
    TableSchema schema = Tables.withStatics("s", "t");
    ByteBuffer[] values = {Tables.number(1), null, null};
    assertFalse(RowState.of(schema, RowKey.Kind.STATIC, values).exists());
    values[2] = Tables.text("");
    assertTrue(RowState.of(schema, RowKey.Kind.STATIC, values).exists());
    ByteBuffer[] bare = {Tables.number(1), Tables.text("x"), null};
    assertTrue(RowState.of(schema, RowKey.Kind.ROW, bare).exists());
  }

  /** A user type that got a field makes another event of the same bytes. */
  @Test
  void fieldsOfUserTypesCount() {
    assertNotEquals(row(typed("street"), "1").hash(), row(typed("street", "code"), "1").hash());
    assertEquals(row(typed("street"), "1").hash(), row(typed("street"), "1").hash());
  }

  private static TableSchema typed(String... fields) {
    List<UserTypes.Field> all =
        Arrays.stream(fields).map(f -> new UserTypes.Field(f, CqlType.parse("text"))).toList();
    List<Column> columns = new ArrayList<>(Tables.flights().key());
    columns.add(Tables.column("a", "frozen<place>", Column.Kind.REGULAR, -1));
    return new TableSchema(
        Tables.ID, new UUID(0, 1), columns, new UserTypes(Map.of("place", all)));
  }
}
