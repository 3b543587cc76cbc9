package io.messina.connect.scylla.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.cql.Column;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.cql.Tables;
import io.messina.connect.scylla.ring.Slices;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WantedTest {

  private static final Slices RING = new Slices(4);
  private static final TableSchema WITH_STATICS =
      new TableSchema(
          Tables.ID,
          List.of(
              Tables.column("id", "int", Column.Kind.PARTITION_KEY, 0),
              Tables.column("leg", "text", Column.Kind.CLUSTERING, 0),
              Tables.column("s", "text", Column.Kind.STATIC, -1)));

  private static Wanted wanted(String rest, TableSchema table) throws MalformedSignalException {
    String json = "{'id':'s1','op':'reread','table':'ops.flights'," + rest + "}";
    byte[] bytes = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    return Wanted.of(SignalParser.parse(bytes), table, RING);
  }

  /** Each key goes to the slice of its token, once, as the bytes that CQL has for it. */
  @Test
  void keysGoToTheirSlices() throws MalformedSignalException {
    StringBuilder keys = new StringBuilder("'keys':[{'leg':'x','id':0}");
    for (int id = 0; id < 20; id++) {
      keys.append(",{'id':").append(id).append(",'leg':'x'}");
    }
    Wanted wanted = wanted(keys.append("]").toString(), Tables.flights("a"));
    Set<RowKey> found = new HashSet<>();
    int count = 0;
    for (int slice = 0; slice < 4; slice++) {
      for (RowKey key : wanted.in(slice).orElseThrow().take(new FakeRows(), 100)) {
        assertEquals(slice, RING.of(FakeRows.token(key)));
        found.add(key);
        count++;
      }
    }
    assertEquals(20, count);
    assertTrue(found.contains(Tables.key(7, "x")));
    assertEquals(4, wanted.slices());
  }

  /** A slice without one of the keys is not touched. */
  @Test
  void otherSlicesAreNotTouched() throws MalformedSignalException {
    Wanted wanted = wanted("'keys':[{'id':7,'leg':'x'}]", Tables.flights("a"));
    int slice = RING.of(FakeRows.token(Tables.key(7, "x")));
    assertEquals(1, wanted.slices());
    for (int other = 0; other < 4; other++) {
      assertEquals(other == slice, wanted.in(other).isPresent());
    }
  }

  /** A range of tokens touches the slices that share a token with it, and each reads its part. */
  @Test
  void rangeIsCutAtTheSlices() throws MalformedSignalException {
    long first = RING.range(1).last();
    long last = RING.range(3).first();
    Wanted wanted = wanted("'token_range':[" + first + "," + last + "]", Tables.flights("a"));
    assertEquals(3, wanted.slices());
    assertFalse(wanted.in(0).isPresent());
    FakeRows rows = FakeRows.of(100);
    List<RowKey> inTwo = wanted.in(2).orElseThrow().take(rows, 1_000);
    List<RowKey> expected = new ArrayList<>(rows.keys);
    expected.removeIf(key -> RING.of(FakeRows.token(key)) != 2);
    assertEquals(expected, inTwo);
  }

  /** Of static rows the key is the partition key. */
  @Test
  void staticRowsAreAskedForByPartition() throws MalformedSignalException {
    Wanted wanted = wanted("'static':true,'keys':[{'id':7}]", WITH_STATICS);
    int slice = RING.of(FakeRows.token(Tables.key(7, "x")));
    List<RowKey> keys = wanted.in(slice).orElseThrow().take(new FakeRows(), 10);
    assertEquals(List.of(RowKey.ofStatic(List.of(Tables.number(7)))), keys);
    assertEquals(RowKey.Kind.STATIC, wanted.kind());
  }

  /** A table without static columns has no static rows to read. */
  @Test
  void tableWithoutStaticsIsSaid() {
    MalformedSignalException e =
        assertThrows(
            MalformedSignalException.class,
            () -> wanted("'static':true,'keys':[{'id':7}]", Tables.flights("a")));
    assertEquals("static: the table has no static columns", e.getMessage());
  }

  /** A key that is none of the table's is refused, with its place and the column. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'id':7}                     | keys[1]: column leg is missing",
        "{'id':7,'leg':null}          | keys[1]: column leg is missing",
        "{'id':7,'leg':'x','a':'y'}   | keys[1]: expected just the columns [id, leg]",
        "{'id':'seven','leg':'x'}     | keys[1]: column id (int): ",
        "{'id':2147483648,'leg':'x'}  | keys[1]: column id (int): ",
        "{'id':7,'leg':8}             | keys[1]: column leg (text): ",
      })
  void otherKeyIsRefused(String key, String reason) {
    MalformedSignalException e =
        assertThrows(
            MalformedSignalException.class,
            () -> wanted("'keys':[{'id':1,'leg':'x'}," + key + "]", Tables.flights("a")));
    assertTrue(e.getMessage().startsWith(reason), e.getMessage());
  }

  /** A key that the server would refuse to look up is refused here: it would stop the round. */
  @Test
  void keyThatCannotBeLookedUpIsRefused() {
    TableSchema byText =
        new TableSchema(
            Tables.ID, List.of(Tables.column("id", "text", Column.Kind.PARTITION_KEY, 0)));
    assertThrows(MalformedSignalException.class, () -> wanted("'keys':[{'id':''}]", byText));
    String longest = "x".repeat(65_536);
    assertThrows(
        MalformedSignalException.class, () -> wanted("'keys':[{'id':'" + longest + "'}]", byText));
    TableSchema byTwo =
        new TableSchema(
            Tables.ID,
            List.of(
                Tables.column("id", "text", Column.Kind.PARTITION_KEY, 0),
                Tables.column("day", "text", Column.Kind.PARTITION_KEY, 1)));
    String half = "x".repeat(40_000);
    assertThrows(
        MalformedSignalException.class,
        () -> wanted("'keys':[{'id':'" + half + "','day':'" + half + "'}]", byTwo));
  }
}
