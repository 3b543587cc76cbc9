package io.messina.connect.scylla.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.Tables;
import io.messina.connect.scylla.ring.TokenRange;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RangeCursorTest {

  private final FakeRows rows = FakeRows.of(100);
  private final Cursor cursor =
      Cursor.over(new TokenRange(Long.MIN_VALUE, Long.MAX_VALUE), RowKey.Kind.ROW);
  private final List<RowKey> kept = new ArrayList<>();

  private void keep(int most) {
    kept.addAll(cursor.take(rows, most));
    cursor.keep();
  }

  /** Page by page all keys of the range come, each once. */
  @Test
  void pagesFollowEachOther() {
    while (!cursor.isFinished()) {
      keep(30);
    }
    assertEquals(rows.keys, kept);
    assertEquals(4, rows.pages);
  }

  /** A page that was not kept comes again, and nothing is left out. */
  @Test
  void lostPageComesAgain() {
    keep(30);
    cursor.take(rows, 30);
    cursor.back();
    while (!cursor.isFinished()) {
      keep(30);
    }
    assertTrue(kept.containsAll(rows.keys));
    // The last key's partition is read again.
    assertEquals(101, kept.size());
  }

  /** Where the table was altered amid the pages, they go on from the last key. */
  @Test
  void alteredTableIsGoneOnWith() {
    keep(30);
    rows.schema = Tables.flights("a", "b");
    while (!cursor.isFinished()) {
      keep(30);
    }
    assertTrue(kept.containsAll(rows.keys));
    assertEquals(101, kept.size());
  }

  /** A range without keys is finished after one page. */
  @Test
  void emptyRangeIsFinished() {
    rows.keys.clear();
    keep(30);
    assertTrue(cursor.isFinished());
    assertEquals(1, rows.pages);
  }
}
