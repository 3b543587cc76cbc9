package io.messina.connect.scylla.offset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.cql.Tables;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SliceOffsetTest {

  /** An offset is read as it was written, and a person can read it too. */
  @Test
  void offsetSurvives() {
    SliceOffset offset = new SliceOffset(1_795_415_937_532_297L, 1_795_415_900_000_000L, 5);
    assertEquals("2026-11-23T06:38:57.532297Z", offset.toMap().get("fast_until"));
    assertEquals("2026-11-23T06:38:20.000000Z", offset.toMap().get("swept_until"));
    assertEquals(offset, SliceOffset.fromMap(offset.toMap()));
  }

  /** Which table the times speak of is read as it was written; both entries or none. */
  @Test
  void tableSurvives() {
    SliceOffset.Table table = new SliceOffset.Table(new UUID(1, 2), "id, leg");
    SliceOffset offset = new SliceOffset(50, 40, 3).of(table);
    assertEquals("00000000-0000-0001-0000-000000000002", offset.toMap().get("table_id"));
    assertEquals("id, leg", offset.toMap().get("key"));
    assertEquals(offset, SliceOffset.fromMap(offset.toMap()));
    assertEquals(offset, offset.withSignals(4).withTimes(60, 60).withSignals(3).withTimes(50, 40));
    assertTrue(refusal(offset.toMap(), "table_id", "5").contains("table_id: expected a UUID"));
    assertTrue(
        refusal(SliceOffset.startingAt(0).toMap(), "key", "id").contains("together"));
  }

  /** What no task would write is refused, with the name of what is wrong. */
  @Test
  void wrongOffsetsAreRefused() {
    Map<String, Object> good = SliceOffset.startingAt(0).toMap();
    assertTrue(refusal(good, "fast_until", "yesterday").contains("fast_until"));
    assertTrue(
        refusal(good, "swept_until", "1970-01-01T00:00:01Z").contains("later than fast_until"));
    assertTrue(refusal(good, "signals_until", "0").contains("signals_until"));
    assertTrue(refusal(good, "signals_until", -1L).contains("signals_until"));
    assertTrue(refusal(good, "more", 1L).contains("more"));
  }

  /** A slice is read from its source partition, whichever integer type JSON made of its number. */
  @Test
  void sliceSurvives() {
    SliceId slice = new SliceId(Tables.ID, 3);
    assertEquals(slice, SliceId.fromMap(slice.toMap()));
    assertEquals(slice, SliceId.fromMap(Map.of("keyspace", "ops", "table", "flights", "slice", 3)));
    assertEquals(slice, SliceId.parse(slice.toString()));
    assertThrows(
        IllegalArgumentException.class,
        () -> SliceId.fromMap(Map.of("keyspace", "ops", "table", "flights", "slice", "3")));
    assertThrows(
        IllegalArgumentException.class,
        () -> SliceId.fromMap(Map.of("keyspace", "ops", "table", "flights")));
  }

  private static String refusal(Map<String, Object> good, String name, Object value) {
    Map<String, Object> bad = new HashMap<>(good);
    bad.put(name, value);
    return assertThrows(IllegalArgumentException.class, () -> SliceOffset.fromMap(bad))
        .getMessage();
  }
}
