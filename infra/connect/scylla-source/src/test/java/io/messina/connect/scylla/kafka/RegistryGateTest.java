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

  private static boolean isOpen(RegistryGate gate, List<SourceRecord> records)
      throws InterruptedException {
    return gate.isOpenFor(records, List.of());
  }

  private static Schema row(String column) {
    return SchemaBuilder.struct().name("row").field(column, Schema.STRING_SCHEMA).build();
  }

  /** The registry is asked once for a schema of a topic, however often records of it come. */
  @Test
  void eachSchemaIsAskedForOnce() throws InterruptedException {
    assertTrue(isOpen(gate, records("t", row("a"))));
    assertTrue(isOpen(gate, records("t", row("a"))));
    assertEquals(1, asked);
    assertTrue(isOpen(gate, records("u", row("a"))));
    assertTrue(isOpen(gate, records("t", row("b"))));
    assertEquals(3, asked);
  }

  /** While it is away, records of a new schema wait, and those of one that went through do not. */
  @Test
  void newSchemasWait() throws InterruptedException {
    assertTrue(isOpen(gate, records("t", row("a"))));
    problem = "away";
    assertFalse(isOpen(gate, records("t", row("b"))));
    assertTrue(isOpen(gate, records("t", row("a"))));
    assertFalse(isOpen(gate, records("t", row("b"))));
    problem = null;
    assertTrue(isOpen(gate, records("t", row("b"))));
  }

  /**
   * A transaction does not begin before the registry can be told of all its schemas; in its middle
   * each is asked for once more, as the registry may have gone away since.
   */
  @Test
  void aTransactionWaitsBeforeItBegins() throws InterruptedException {
    List<SourceRecord> old = records("t", row("a"));
    List<SourceRecord> fresh = records("t", row("b"));
    assertTrue(gate.isOpenFor(old, old));
    problem = "away";
    assertFalse(gate.isOpenFor(old, fresh));
    problem = null;
    assertTrue(gate.isOpenFor(old, fresh));
    problem = "away";
    assertFalse(isOpen(gate, fresh));
    problem = null;
    assertTrue(isOpen(gate, fresh));
    problem = "away";
    assertTrue(gate.isOpenFor(old, fresh));
  }

  /** Records without schemas need no registry, and a gate without one is open. */
  @Test
  void whatHasNoSchemaGoesOn() throws InterruptedException {
    problem = "away";
    SourceRecord bare = new SourceRecord(Map.of(), Map.of(), "t", 0, null, "k", null, "v");
    assertTrue(isOpen(gate, List.of(bare)));
    assertTrue(isOpen(RegistryGate.of(""), records("t", row("a"))));
  }

  /** A registry that refuses the connection is away. */
  @Test
  void aRefusedConnectionIsAway() throws InterruptedException {
    assertFalse(isOpen(RegistryGate.of("http://127.0.0.1:1/"), records("t", row("a"))));
    assertFalse(isOpen(RegistryGate.of("https://127.0.0.1:1/"), records("t", row("a"))));
  }
}
