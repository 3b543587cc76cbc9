package io.messina.connect.jdbc.avro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LastingTest {

  private final Map<Integer, String> there = new HashMap<>();
  private long now = Long.MAX_VALUE - 1; // a clock that wraps
  private int asked;
  private final Lasting lasting =
      new Lasting(
          id -> {
            asked++;
            if (there.containsKey(id)) {
              return there.get(id);
            }
            throw new NoSuchSchemaException("schema " + id + " does not exist");
          },
          () -> now);

  private void wait(Duration time) {
    now += time.toNanos();
  }

  /** A schema that one replica does not know yet is waited for, and taken when it comes. */
  @Test
  void aReplicaMayLag() {
    assertThrows(SchemaNotYetException.class, () -> lasting.schema(7));
    wait(Duration.ofSeconds(2));
    assertThrows(SchemaNotYetException.class, () -> lasting.schema(7));
    there.put(7, "\"string\"");
    wait(Duration.ofSeconds(2));
    assertEquals("\"string\"", lasting.schema(7));
    there.clear();
    wait(Duration.ofSeconds(2));
    assertThrows(SchemaNotYetException.class, () -> lasting.schema(7), "it begins anew");
  }

  /** That there is no such schema is believed after five seconds, and from then on at once. */
  @Test
  void whatLastsIsBelieved() {
    assertThrows(SchemaNotYetException.class, () -> lasting.schema(7));
    wait(Lasting.BELIEVED);
    assertThrows(NoSuchSchemaException.class, () -> lasting.schema(7));
    wait(Duration.ofSeconds(30));
    assertThrows(NoSuchSchemaException.class, () -> lasting.schema(7));
  }

  /** What was not asked for in a minute may have been registered since: it is waited for again. */
  @Test
  void whatIsLongAgoIsForgotten() {
    assertThrows(SchemaNotYetException.class, () -> lasting.schema(7));
    wait(Lasting.FORGOTTEN.plusSeconds(1));
    assertThrows(SchemaNotYetException.class, () -> lasting.schema(7));
  }

  /** A batch of records of one such schema asks once. */
  @Test
  void recordsOfABatchAskOnce() {
    for (int record = 0; record < 500; record++) {
      assertThrows(SchemaNotYetException.class, () -> lasting.schema(7));
    }
    assertEquals(1, asked);
  }

  /** However many ids come that nobody has, the newest thousand are remembered. */
  @Test
  void memoryIsBounded() {
    for (int id = 0; id <= Lasting.REMEMBERED; id++) {
      int each = id;
      assertThrows(SchemaNotYetException.class, () -> lasting.schema(each));
    }
    wait(Lasting.BELIEVED);
    assertThrows(SchemaNotYetException.class, () -> lasting.schema(0), "it was the eldest");
    assertThrows(NoSuchSchemaException.class, () -> lasting.schema(Lasting.REMEMBERED));
  }
}
