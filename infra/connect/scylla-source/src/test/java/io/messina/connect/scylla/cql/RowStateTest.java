package io.messina.connect.scylla.cql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class RowStateTest {

  private static RowState row(TableSchema schema, String... others) {
    ByteBuffer[] values = new ByteBuffer[2 + others.length];
    values[0] = Tables.number(1);
    values[1] = Tables.text("x");
    for (int i = 0; i < others.length; i++) {
      values[2 + i] = Tables.text(others[i]);
    }
    return new RowState(schema, values);
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
    assertNotEquals(RowState.absent(schema).hash(), row(schema, (String) null).hash());
  }
}
