package io.messina.connect.scylla.cql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class TableSchemaTest {

  /** Key columns come first, in CQL order, then the others by name. */
  @Test
  void columnsAreInOrder() {
    List<String> names = Tables.flights("b", "a").columns().stream().map(Column::name).toList();
    assertEquals(List.of("id", "leg", "a", "b"), names);
  }

  /** The query for the log does not change when a column is added; the query for rows does. */
  @Test
  void logQuerySurvivesAlter() {
    assertEquals(Tables.flights("a").logQuery(), Tables.flights("a", "b").logQuery());
    assertNotEquals(Tables.flights("a").rowQuery(), Tables.flights("a", "b").rowQuery());
  }

  /** Names are quoted, a quote in them too. */
  @Test
  void namesAreQuoted() {
    TableSchema table =
        new TableSchema(
            TableId.parse("Ops.Fl\"ights"),
            List.of(Tables.column("Id", "int", Column.Kind.PARTITION_KEY, 0)));
    assertEquals("SELECT \"Id\" FROM \"Ops\".\"Fl\"\"ights\" WHERE \"Id\" = ?", table.rowQuery());
  }

  /** Counters and unknown types are refused, with the table and the column. */
  @Test
  void uncarriedColumnsAreRefused() {
    TableSchema table =
        new TableSchema(
            Tables.ID,
            List.of(
                Tables.column("id", "int", Column.Kind.PARTITION_KEY, 0),
                Tables.column("s", "int", Column.Kind.STATIC, -1),
                Tables.column("c", "counter", Column.Kind.REGULAR, -1),
                Tables.column("l", "list<frozen<unknown>>", Column.Kind.REGULAR, -1)));
    List<String> faults = TableRules.faults(table);
    assertEquals(2, faults.size());
    assertTrue(faults.stream().allMatch(fault -> fault.startsWith("table ops.flights, column ")));
    assertTrue(TableRules.faults(Tables.flights("a")).isEmpty());
  }

  /** Static columns are asked for by the partition key, apart from the rows. */
  @Test
  void staticsAreAskedForApart() {
    TableSchema table = Tables.withStatics("s");
    assertEquals(
        "SELECT DISTINCT \"id\", \"s\" FROM \"ops\".\"flights\" WHERE \"id\" = ?",
        table.staticQuery());
    assertFalse(table.rowQuery().contains("\"s\""));
    assertTrue(table.hasStatics());
    assertFalse(Tables.flights("a").hasStatics());
  }

  /** A table that was dropped and created again is another one, though its columns are the same. */
  @Test
  void recreatedTableDiffers() {
    TableSchema table = Tables.flights("a");
    assertNotEquals(table, Tables.recreated(table));
  }

  /** A table's name without a keyspace is refused. */
  @Test
  void tableNeedsKeyspace() {
    assertThrows(IllegalArgumentException.class, () -> TableId.parse("flights"));
  }
}
