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

  private static Request log(int id, long micros, boolean inserted, boolean first) {
    RowKey key = Tables.key(id, "x");
    LogEntry entry =
        new LogEntry(key.parts(), id, TimeUuids.lowest(micros), 0, OperationType.ROW_UPDATE, 0);
    return Request.ofLog(key, 0, entry, inserted, first);
  }

  /**
   * Many requests for a key become one, which knows the newest entry and whether one was an insert.
   */
  @Test
  void requestsForOneKeyMerge() {
    Coalescer coalescer = new Coalescer();
    coalescer.request(log(1, 30, false, false));
    coalescer.request(log(2, 40, false, true));
    coalescer.request(log(1, 10, true, true));
    List<Request> requests = coalescer.requests();
    assertEquals(
        List.of(Tables.key(1, "x"), Tables.key(2, "x")),
        requests.stream().map(Request::key).toList());
    assertEquals(30, requests.get(0).newest().orElseThrow().micros());
    assertTrue(requests.get(0).inserted());
    assertTrue(requests.get(0).must());
  }

  /** What signals and the log ask for is one request, which knows them all; each signal once. */
  @Test
  void signalsMergeWithTheLog() {
    Coalescer coalescer = new Coalescer();
    coalescer.request(Request.ofSignal(Tables.key(1, "x"), 0, "s1"));
    coalescer.request(log(1, 10, false, false));
    coalescer.request(Request.ofSignal(Tables.key(1, "x"), 0, "s2"));
    coalescer.request(Request.ofSignal(Tables.key(1, "x"), 0, "s1"));
    Request request = coalescer.requests().get(0);
    assertEquals(List.of("s1", "s2"), request.signals());
    assertEquals(10, request.newest().orElseThrow().micros());
    assertTrue(request.must());
    assertEquals(1, coalescer.requests().size());
  }

  /** What only a second look saw is not emitted in any case. */
  @Test
  void secondLookAloneIsNoMust() {
    Coalescer coalescer = new Coalescer();
    assertTrue(coalescer.isIdle());
    coalescer.request(log(1, 10, true, false));
    coalescer.request(log(1, 20, false, false));
    assertFalse(coalescer.requests().get(0).must());
    assertFalse(coalescer.isIdle());
  }

  /** A row and the static row of its partition are two. */
  @Test
  void staticRowIsApart() {
    Coalescer coalescer = new Coalescer();
    RowKey row = new RowKey(List.of(Tables.number(1)));
    coalescer.request(Request.ofSignal(row, 0, "s"));
    coalescer.request(Request.ofSignal(RowKey.ofStatic(row.parts()), 0, "s"));
    assertEquals(2, coalescer.requests().size());
  }
}
