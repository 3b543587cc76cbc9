package io.messina.connect.scylla.types;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
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

  /** Only scalars have codecs yet. */
  @Test
  void collectionsHaveNoCodec() {
    assertTrue(Codecs.of(CqlType.parse("list<int>")).isEmpty());
    assertTrue(Codecs.of(CqlType.parse("counter")).isEmpty());
    assertTrue(Codecs.of(CqlType.parse("some_udt")).isEmpty());
  }
}
