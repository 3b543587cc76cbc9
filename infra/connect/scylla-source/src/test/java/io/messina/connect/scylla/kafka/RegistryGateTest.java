package io.messina.connect.scylla.kafka;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class RegistryGateTest {

  private String problem;
  private int asked;
  private final RegistryGate gate =
      new RegistryGate(
          () -> {
            asked++;
            return problem;
          });

  private static List<SourceRecord> records(String topic, Schema value) {
    SourceRecord one =
        new SourceRecord(Map.of(), Map.of(), topic, 0, Schema.STRING_SCHEMA, "k", value, null);
    return List.of(one, one);
  }

  private static Schema row(String column) {
    return SchemaBuilder.struct().name("row").field(column, Schema.STRING_SCHEMA).build();
  }

  /** The registry is asked once for a schema of a topic, however often records of it come. */
  @Test
  void eachSchemaIsAskedForOnce() throws InterruptedException {
    assertTrue(gate.isOpenFor(records("t", row("a"))));
    assertTrue(gate.isOpenFor(records("t", row("a"))));
    assertEquals(1, asked);
    assertTrue(gate.isOpenFor(records("u", row("a"))));
    assertTrue(gate.isOpenFor(records("t", row("b"))));
    assertEquals(3, asked);
  }

  /** While it is away, records of a new schema wait, and those of one that went through do not. */
  @Test
  void newSchemasWait() throws InterruptedException {
    assertTrue(gate.isOpenFor(records("t", row("a"))));
    problem = "away";
    assertFalse(gate.isOpenFor(records("t", row("b"))));
    assertTrue(gate.isOpenFor(records("t", row("a"))));
    assertFalse(gate.isOpenFor(records("t", row("b"))));
    problem = null;
    assertTrue(gate.isOpenFor(records("t", row("b"))));
  }

  /** Records without schemas need no registry, and a gate without one is open. */
  @Test
  void whatHasNoSchemaGoesOn() throws InterruptedException {
    problem = "away";
    SourceRecord bare = new SourceRecord(Map.of(), Map.of(), "t", 0, null, "k", null, "v");
    assertTrue(gate.isOpenFor(List.of(bare)));
    assertTrue(RegistryGate.of("").isOpenFor(records("t", row("a"))));
  }

  /** A registry that refuses the connection is away. */
  @Test
  void aRefusedConnectionIsAway() throws InterruptedException {
    assertFalse(RegistryGate.of("http://127.0.0.1:1/").isOpenFor(records("t", row("a"))));
    assertFalse(RegistryGate.of("https://127.0.0.1:1/").isOpenFor(records("t", row("a"))));
  }
}
