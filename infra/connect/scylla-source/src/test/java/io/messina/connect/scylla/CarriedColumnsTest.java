package io.messina.connect.scylla;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.messina.connect.scylla.cql.TableId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class CarriedColumnsTest {

  private static List<String> carried(Map<String, String> more) {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("topic.prefix", "p");
    settings.put("scylla.contact.points", "127.0.0.1:9042");
    settings.put("tables", "ops.flights,ops.legs");
    settings.put("slices", "3");
    Predicate<String> names =
        new SourceConfig(settings).carriedColumns(new TableId("ops", "flights"));
    return List.of("a", "b", "later").stream().filter(names).toList();
  }

  /** Without a word about its columns, all of a table are carried. */
  @Test
  void allAreCarried() {
    assertEquals(List.of("a", "b", "later"), carried(Map.of()));
    assertEquals(List.of("a", "b", "later"), carried(Map.of("columns.include", "ops.legs.a")));
  }

  /** Where some are named, no others are, those included that a table gets later. */
  @Test
  void onlyTheNamedAreCarried() {
    assertEquals(List.of("a"), carried(Map.of("columns.include", "ops.flights.a")));
  }

  /** What is excluded is not carried, included or not. */
  @Test
  void theExcludedAreNot() {
    assertEquals(List.of("b", "later"), carried(Map.of("columns.exclude", "ops.flights.a")));
    assertEquals(
        List.of("b"),
        carried(
            Map.of(
                "columns.include", "ops.flights.a,ops.flights.b",
                "columns.exclude", "ops.flights.a")));
  }

  /** A column that is carried may be masked. */
  @Test
  void theMaskedAreCarried() {
    assertEquals(
        List.of("a"),
        carried(
            Map.of("columns.include", "ops.flights.a", "columns.mask.null", "ops.flights.a")));
  }
}
