package io.messina.connect.jdbc.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.junit.jupiter.api.Test;

class RenamesTest {

  private static final Schema ROW =
      SchemaBuilder.struct()
          .name("Value")
          .optional()
          .field("id", Schema.INT32_SCHEMA)
          .field("n", Schema.OPTIONAL_STRING_SCHEMA)
          .build();
  private static final Schema ENVELOPE =
      SchemaBuilder.struct()
          .name("p.k.t.Envelope")
          .field("before", ROW)
          .field("after", ROW)
          .field("op", Schema.STRING_SCHEMA)
          .build();

  private static Struct envelope() {
    Struct row = new Struct(ROW).put("id", 1).put("n", "one");
    return new Struct(ENVELOPE).put("after", row).put("op", "c");
  }

  /** Rows of both states have the names of the sink; all else is as it was. */
  @Test
  void columnsOfATopicAreRenamed() {
    Renames renames = new Renames("t:id:number, t:n:name,u:n:other");
    Struct renamed = renames.envelope("t", envelope());
    assertEquals("one", renamed.getStruct("after").get("name"));
    assertEquals(1, renamed.getStruct("after").get("number"));
    assertNull(renamed.get("before"));
    assertEquals("c", renamed.get("op"));
    assertEquals("p.k.t.Envelope", renamed.schema().name());
    Struct key = new Struct(SchemaBuilder.struct().field("id", Schema.INT32_SCHEMA).build());
    assertEquals(7, renames.key("t", key.put("id", 7)).get("number"));
  }

  /** A row without an envelope, as ScyllaDB's own connector makes them, is renamed as well. */
  @Test
  void bareRowsAreRenamed() {
    Struct row = new Struct(ROW).put("id", 1).put("n", "one");
    Struct renamed = new Renames("t:n:name").envelope("t", row);
    assertEquals("one", renamed.get("name"));
    assertEquals(1, renamed.get("id"));
  }

  /** A topic of which nothing is said comes as it is. */
  @Test
  void othersStay() {
    Struct envelope = envelope();
    assertSame(envelope, new Renames("t:id:number").envelope("v", envelope));
    assertSame(envelope, new Renames("").envelope("t", envelope));
    assertNull(new Renames("t:id:number").envelope("t", null));
  }

  /** The schema of a renamed row is made once: Debezium looks at a table anew for another one. */
  @Test
  void schemasAreMadeOnce() {
    Renames renames = new Renames("t:n:name");
    assertSame(
        renames.envelope("t", envelope()).schema(), renames.envelope("t", envelope()).schema());
  }

  /** A setting that is none is refused by name. */
  @Test
  void wrongSettingsAreRefused() {
    assertThrows(ConfigException.class, () -> new Renames("t:id"));
  }
}
