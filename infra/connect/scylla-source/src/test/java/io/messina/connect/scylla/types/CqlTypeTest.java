package io.messina.connect.scylla.types;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CqlTypeTest {

  /** Nested types come apart and together again. */
  @Test
  void nestedTypesComeApart() {
    CqlType type = CqlType.parse("map<text, frozen<list<frozen<tuple<int, set<uuid>>>>>>");
    assertEquals("map", type.name());
    assertEquals(new CqlType("text", List.of()), type.arguments().get(0));
    assertEquals("map<text, frozen<list<frozen<tuple<int, set<uuid>>>>>>", type.toString());
  }

  /** A user type's name keeps its quotes, whatever stands between them. */
  @Test
  void quotedNamesStayWhole() {
    CqlType type = CqlType.parse("frozen<map<text, frozen<\"Odd, <\"\"Name\">>>");
    CqlType user = type.thawed().arguments().get(1).thawed();
    assertEquals("\"Odd, <\"\"Name\"", user.name());
    UserTypes types =
        new UserTypes(
            Map.of(
                "Odd, <\"Name", UserTypes.fields(List.of("a"), List.of("frozen<other>")),
                "other", UserTypes.fields(List.of("b"), List.of("list<int>")),
                "unused", UserTypes.fields(List.of("c"), List.of("int"))));
    assertEquals("a", types.named(user.name()).orElseThrow().get(0).name());
    assertEquals(Set.of("Odd, <\"Name", "other"), types.usedBy(List.of(type)).fields().keySet());
    assertTrue(Codecs.of(type, types).isPresent());
  }

  /** What stands for no type is refused. */
  @Test
  void nonsenseIsRefused() {
    for (String text : new String[] {"", "list<int", "list<>", "map<text,,int>"}) {
      assertThrows(IllegalArgumentException.class, () -> CqlType.parse(text), text);
    }
  }

  /** Counters, custom types and user types that are not known have no codec, however deep. */
  @Test
  void whatIsNotCarriedHasNoCodec() {
    for (String text :
        new String[] {"counter", "some_udt", "list<frozen<some_udt>>", "'x.Y'", "list<'x.Y'>"}) {
      assertTrue(Codecs.of(CqlType.parse(text)).isEmpty(), text);
    }
    assertTrue(Codecs.of(CqlType.parse("frozen<list<vector<float, 3>>>")).isPresent());
  }
}
