package io.messina.connect.scylla;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.cql.Tables;
import io.messina.connect.scylla.offset.Micros;
import io.messina.connect.scylla.offset.SliceId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OffsetChecksTest {

  private static final long NOW = Micros.parse("2026-11-23T07:00:00Z");
  private static final SourceConfig CONFIG =
      new SourceConfig(
          Map.of(
              "topic.prefix", "p",
              "scylla.contact.points", "127.0.0.1:9042",
              "tables", "ops.flights",
              "slices", "3"));

  private static Map<String, Object> offset(Object... entries) {
    Map<String, Object> offset = new HashMap<>();
    offset.put("fast_until", "2026-11-23T06:00:01Z");
    offset.put("swept_until", "2026-11-23T06:00:00.5Z");
    offset.put("signals_until", 7L);
    for (int i = 0; i < entries.length; i += 2) {
      offset.put((String) entries[i], entries[i + 1]);
    }
    return offset;
  }

  private static List<String> problems(Map<String, ?> partition, Map<String, ?> offset) {
    Map<Map<String, ?>, Map<String, ?>> offsets = new HashMap<>();
    offsets.put(partition, offset);
    return OffsetChecks.problems(CONFIG, offsets, NOW);
  }

  private static void assertProblem(String text, Object... entries) {
    List<String> problems = problems(new SliceId(Tables.ID, 0).toMap(), offset(entries));
    assertEquals(1, problems.size(), problems.toString());
    assertTrue(problems.get(0).startsWith("ops.flights:0: "), problems.get(0));
    assertTrue(problems.get(0).contains(text), problems.get(0));
  }

  /** What a task writes can be set. */
  @Test
  void goodOffsetsPass() {
    Map<String, ?> slice = new SliceId(Tables.ID, 2).toMap();
    assertEquals(List.of(), problems(slice, offset()));
    assertEquals(List.of(), problems(slice, offset("signals_until", 0)));
    String id = "9d7dd530-8f2f-11f0-8de9-0242ac120002";
    assertEquals(List.of(), problems(slice, offset("table_id", id, "key", "id, leg")));
  }

  /** Anything can be cleared, also what another configuration has left. */
  @Test
  void anythingCanBeCleared() {
    assertEquals(List.of(), problems(new SliceId(Tables.ID, 99).toMap(), null));
    assertEquals(List.of(), problems(Map.of("server", "x"), null));
  }

  /** Each thing that is wrong with an offset has its message. */
  @Test
  void wrongOffsetsAreTold() {
    assertProblem("expected a time", "fast_until", "yesterday");
    assertProblem("expected a time", "swept_until", 5L);
    assertProblem("in the future", "fast_until", "2026-11-23T07:00:00.000001Z");
    assertProblem("later than fast_until", "swept_until", "2026-11-23T06:00:02Z");
    assertProblem("signals_until: expected", "signals_until", -1);
    assertProblem("signals_until: expected", "signals_until", 1.5);
    assertProblem("signals_until: expected", "signals_until", "7");
    assertProblem("signals_until: expected", "signals_until", null);
    assertProblem("[slow_until] is unknown", "slow_until", "x");
    assertProblem("table_id: expected", "table_id", "flights");
    assertProblem("table_id: expected", "table_id", 5);
    assertProblem("key: expected", "key", " ");
  }

  /** A part of an offset is not taken: the rest would be guessed. */
  @Test
  void partsAreRefused() {
    Map<String, Object> offset = offset();
    offset.remove("swept_until");
    List<String> problems = problems(new SliceId(Tables.ID, 0).toMap(), offset);
    assertEquals(1, problems.size());
    assertTrue(problems.get(0).contains("swept_until is missing"), problems.get(0));
  }

  /** Slices that the connector does not have, and partitions that are none, are told. */
  @Test
  void unknownSlicesAreTold() {
    assertTrue(
        problems(new SliceId(Tables.ID, 3).toMap(), offset()).get(0).contains("slices 0 to 2"));
    Map<String, Object> other = new SliceId(Tables.ID, 0).toMap();
    other.put("table", "legs");
    assertTrue(problems(other, offset()).get(0).contains("no table ops.legs"));
    assertTrue(problems(Map.of("slice", 0), offset()).get(0).contains("expected {"));
  }

  /** All problems of all offsets are told at once. */
  @Test
  void allIsTold() {
    Map<Map<String, ?>, Map<String, ?>> offsets = new HashMap<>();
    offsets.put(new SliceId(Tables.ID, 0).toMap(), offset("fast_until", 1, "key", 2));
    offsets.put(new SliceId(Tables.ID, 9).toMap(), offset());
    assertEquals(3, OffsetChecks.problems(CONFIG, offsets, NOW).size());
  }
}
