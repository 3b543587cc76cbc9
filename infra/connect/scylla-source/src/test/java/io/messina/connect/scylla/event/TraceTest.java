package io.messina.connect.scylla.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.cql.Tables;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class TraceTest {

  private static final List<ByteBuffer> KEY = List.of(Tables.number(1));

  /** The trace of a UUID has its digits, so that one finds the other. */
  @Test
  void uuidIsTheTrace() {
    String parent = Trace.parent("8b1c6e30-c82f-11f0-9d2a-0242ac120002", KEY, 5);
    assertTrue(parent.startsWith("00-8b1c6e30c82f11f09d2a0242ac120002-"), parent);
    assertTrue(parent.matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01"), parent);
  }

  /** Any other id is hashed, as anybody can: the first half of its SHA-256. */
  @Test
  void otherIdIsHashed() {
    String parent = Trace.parent("abc", KEY, 5);
    assertTrue(parent.startsWith("00-ba7816bf8f01cfea414140de5dae2223-"), parent);
  }

  /** All zeros would be no trace. */
  @Test
  void traceIsNeverZero() {
    String parent = Trace.parent("00000000-0000-0000-0000-000000000000", KEY, 5);
    assertNotEquals("00000000000000000000000000000000", parent.substring(3, 35));
  }

  /** Spans differ by key and by time, and are the same for the same. */
  @Test
  void spanIsOfKeyAndTime() {
    String span = Trace.parent("abc", KEY, 5);
    assertEquals(span, Trace.parent("abc", List.of(Tables.number(1)), 5));
    assertNotEquals(span, Trace.parent("abc", KEY, 6));
    assertNotEquals(span, Trace.parent("abc", List.of(Tables.number(2)), 5));
  }
}
