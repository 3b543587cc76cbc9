package io.messina.connect.scylla.look;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.scylladb.cdc.model.worker.RawChange.OperationType;
import io.messina.connect.scylla.cql.LogEntry;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.Tables;
import io.messina.connect.scylla.cql.TimeUuids;
import java.util.List;
import org.junit.jupiter.api.Test;

class CoalescerTest {

  private static Change change(int id, long micros, boolean inserted, boolean first) {
    RowKey key = Tables.key(id, "x");
    LogEntry entry =
        new LogEntry(key.parts(), id, TimeUuids.lowest(micros), OperationType.ROW_UPDATE, 0);
    return new Change(key, 0, entry, inserted, first);
  }

  /**
   * Many requests for a key become one, which knows the newest entry and whether one was an insert.
   */
  @Test
  void requestsForOneKeyMerge() {
    Coalescer coalescer = new Coalescer();
    coalescer.request(change(1, 30, false, false));
    coalescer.request(change(2, 40, false, true));
    coalescer.request(change(1, 10, true, true));
    List<Change> taken = coalescer.take(10);
    assertEquals(
        List.of(Tables.key(1, "x"), Tables.key(2, "x")), taken.stream().map(Change::key).toList());
    assertEquals(30, taken.get(0).newest().micros());
    assertTrue(taken.get(0).inserted());
    assertTrue(taken.get(0).first());
  }

  /** A key has one read at a time, and a request that comes meanwhile causes another after it. */
  @Test
  void requestDuringReadCausesAnother() {
    Coalescer coalescer = new Coalescer();
    coalescer.request(change(1, 10, false, true));
    assertEquals(1, coalescer.take(10).size());
    coalescer.request(change(1, 20, false, true));
    assertEquals(List.of(), coalescer.take(10));
    assertFalse(coalescer.isIdle());
    coalescer.done(Tables.key(1, "x"));
    assertEquals(20, coalescer.take(10).get(0).newest().micros());
    assertTrue(coalescer.isIdle());
  }

  /** No more than asked for are taken; the rest wait in order. */
  @Test
  void takeIsBounded() {
    Coalescer coalescer = new Coalescer();
    for (int id = 0; id < 5; id++) {
      coalescer.request(change(id, id, false, true));
    }
    assertEquals(2, coalescer.take(2).size());
    assertEquals(Tables.key(2, "x"), coalescer.take(1).get(0).key());
  }
}
