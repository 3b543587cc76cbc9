package io.messina.connect.jdbc.sink;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

class DeadLettersTest {

  private static final Failure CHECK =
      new Failure(Failure.Kind.DATA, "23514", "violates check", "positive", null, "t");

  private final List<SinkRecord> reported = new ArrayList<>();
  private final ErrantRecordReporter reporter =
      (record, error) -> {
        reported.add(record);
        return CompletableFuture.completedFuture(null);
      };

  private static SinkRecord raw(long offset) {
    ConnectHeaders headers = new ConnectHeaders();
    headers.addString(DeadLetters.CORRELATION, "abc");
    return new SinkRecord(
        "orders",
        2,
        Schema.OPTIONAL_BYTES_SCHEMA,
        new byte[] {1},
        Schema.OPTIONAL_BYTES_SCHEMA,
        new byte[] {2},
        offset,
        5L,
        TimestampType.CREATE_TIME,
        headers,
        "p.shop.orders",
        2,
        offset);
  }

  /** A dead letter is the record as it came, with its own topic, and the reason in headers. */
  @Test
  void theReasonStandsInHeaders() {
    new DeadLetters(reporter).report(raw(7), CHECK);
    SinkRecord letter = reported.get(0);
    assertEquals("p.shop.orders", letter.topic());
    assertArrayEquals(new byte[] {2}, (byte[]) letter.value());
    assertEquals("23514", header(letter, "messina.error.sqlstate"));
    assertEquals("positive", header(letter, "messina.error.constraint"));
    assertEquals("violates check", header(letter, "messina.error.message"));
    assertEquals("p.shop.orders", header(letter, "messina.error.topic"));
    assertEquals("2", header(letter, "messina.error.partition"));
    assertEquals("7", header(letter, "messina.error.offset"));
    assertEquals("abc", header(letter, "messina.correlation_id"));
    assertNull(letter.headers().lastWithName("messina.error.column"));
  }

  /** A batch that is tried again tells its dead letters once, in whatever order they come. */
  @Test
  void eachIsToldOnce() {
    DeadLetters letters = new DeadLetters(reporter);
    letters.report(raw(9), CHECK);
    letters.report(raw(7), CHECK);
    letters.report(raw(7), CHECK);
    letters.report(raw(9), CHECK);
    assertEquals(2, reported.size());
    letters.forget();
    letters.report(raw(7), CHECK);
    assertEquals(3, reported.size());
  }

  /** Without dead letters the task says so, and the record stays where it is. */
  @Test
  void withoutThemTheTaskFails() {
    ConnectException thrown =
        assertThrows(ConnectException.class, () -> new DeadLetters(null).report(raw(7), CHECK));
    assertEquals(true, thrown.getMessage().contains("errors.deadletterqueue.topic.name"));
  }

  private static Object header(SinkRecord record, String name) {
    return record.headers().lastWithName(name).value();
  }
}
