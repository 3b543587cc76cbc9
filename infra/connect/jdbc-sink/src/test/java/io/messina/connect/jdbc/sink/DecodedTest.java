package io.messina.connect.jdbc.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.messina.connect.jdbc.sink.Bisection.Outcome;
import java.util.List;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

class DecodedTest {

  private static Decoded record(Object key, long offset) {
    SinkRecord raw = new SinkRecord("t", 0, null, key, null, "row", offset);
    return new Decoded(raw, raw);
  }

  /** Records of a key are about one row; records without one are about none but their own. */
  @Test
  void whatARecordIsAbout() {
    assertEquals(record("k", 1).key(), record("k", 2).key());
    assertNotEquals(record(null, 1).key(), record(null, 2).key());
  }

  /** Of several without a key that are rejected each is told: none makes another needless. */
  @Test
  void eachWithoutAKeyIsTold() throws WriteException {
    Bisection<Decoded> bisection =
        new Bisection<>(
            batch -> {
              Failure failure =
                  new Failure(Failure.Kind.DATA, "23502", "no key", null, null, null);
              throw new WriteException(failure, new RuntimeException("no key"));
            },
            Decoded::key);
    Outcome<Decoded> outcome = bisection.write(List.of(record(null, 1), record(null, 2)));
    assertEquals(2, outcome.rejected().size());
    assertEquals(0, outcome.written());
  }
}
