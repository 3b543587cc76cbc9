package io.messina.connect.scylla.kafka;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class RegistryGateTest {

  private String problem;
  private int asked;
  private final FakeListener listener = new FakeListener();
  private long now;
  private final RegistryGate gate =
      new RegistryGate(
          () -> {
            asked++;
            return problem;
          },
          new Teller(listener::made, () -> now));

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
    assertEquals(List.of(), listener.told);
    assertTrue(isOpen(RegistryGate.of("", Map.of()), records("t", row("a"))));
  }

  /** A registry that refuses the connection is away. */
  @Test
  void aRefusedConnectionIsAway() throws InterruptedException {
    assertFalse(isOpen(away("http"), records("t", row("a"))));
    assertFalse(isOpen(away("https"), records("t", row("a"))));
  }

  private static RegistryGate away(String scheme) {
    return RegistryGate.of(scheme + "://127.0.0.1:1/", Map.of());
  }

  /** Before a schema's first records go on the registry is told it, once, and not while away. */
  @Test
  void theRegistryIsToldFirst() throws InterruptedException {
    problem = "away";
    assertFalse(isOpen(gate, records("t", row("a"))));
    assertEquals(List.of(), listener.told);
    problem = null;
    assertTrue(isOpen(gate, records("t", row("a"))));
    assertTrue(isOpen(gate, records("t", row("a"))));
    assertEquals(List.of("t"), listener.told);
  }

  /** It is told all schemas of a transaction before that begins, and in its middle no more. */
  @Test
  void aTransactionsSchemasAreToldBeforeItBegins() throws InterruptedException {
    List<SourceRecord> old = records("t", row("a"));
    List<SourceRecord> fresh = records("u", row("b"));
    assertTrue(gate.isOpenFor(old, fresh));
    assertEquals(List.of("t", "u"), listener.told);
    assertTrue(isOpen(gate, fresh));
    assertEquals(List.of("t", "u"), listener.told);
    assertEquals(2, asked);
  }

  /** Of two tasks one may be refused: its records wait for a moment, and it tells it again. */
  @Test
  void aSchemaThatWasRefusedIsToldAgain() throws InterruptedException {
    listener.failures = 1;
    List<SourceRecord> both = List.of(records("t", row("a")).get(0), records("u", row("b")).get(0));
    listener.refuses = "u";
    assertFalse(isOpen(gate, both));
    assertFalse(isOpen(gate, both));
    assertEquals(List.of("t", "u"), listener.told);
    now += 250_000_000L;
    assertTrue(isOpen(gate, both));
    assertEquals(List.of("t", "u", "u"), listener.told);
  }

  /** What is refused each time goes on, for the task's converter to say why; it is told no more. */
  @Test
  void whatIsRefusedAlwaysGoesOn() throws InterruptedException {
    listener.failures = Integer.MAX_VALUE;
    listener.refuses = "t";
    List<SourceRecord> records = records("t", row("a"));
    long begin = now;
    while (!gate.isOpenFor(records("u", row("b")), records)) {
      now += 250_000_000L;
    }
    assertEquals(List.of("u", "t", "t", "t", "t", "t"), listener.told);
    assertTrue(now - begin <= 5_000_000_000L, "in seconds, as a converter's error is for people");
    assertTrue(isOpen(gate, records));
    assertEquals(6, listener.told.size());
  }

  /** Each schema has its own tries: those that are refused one after the other are all told. */
  @Test
  void triesAreASchemas() throws InterruptedException {
    List<SourceRecord> many =
        IntStream.range(0, 20).mapToObj(i -> records("t" + i, row("a")).get(0)).toList();
    listener.alternately = true;
    int waits = 0;
    while (!isOpen(gate, many)) {
      now += 250_000_000L;
      waits++;
    }
    assertEquals(20, waits);
    assertEquals(20, Set.copyOf(listener.told).size());
    assertEquals(40, listener.told.size());
  }

  /** Where converters can't be made, schemas are left to the task's own, which could be. */
  @Test
  void withoutConvertersRecordsGoOn() throws InterruptedException {
    listener.unmade = true;
    assertTrue(isOpen(gate, records("t", row("a"))));
    assertEquals(List.of(), listener.told);
    problem = "away";
    assertFalse(isOpen(gate, records("t", row("b"))));
  }

  /** Converters are made once, when there is a schema to tell, and closed with the gate. */
  @Test
  void convertersAreMadeOnce() throws InterruptedException {
    gate.close();
    assertEquals(0, listener.made);
    assertTrue(isOpen(gate, records("t", row("a"))));
    assertTrue(isOpen(gate, records("t", row("b"))));
    assertEquals(1, listener.made);
    assertEquals(0, listener.closed);
    gate.close();
    assertEquals(1, listener.closed);
  }

  private static final class FakeListener implements Teller.Listener {

    private final List<String> told = new ArrayList<>();
    private String refuses = "";
    private int failures;
    private boolean alternately;
    private boolean unmade;
    private int made;
    private int closed;

    private Teller.Listener made() {
      if (unmade) {
        throw new ConfigException("secret");
      }
      made++;
      return this;
    }

    @Override
    public void tell(SourceRecord record) {
      String topic = record.topic();
      boolean again = told.contains(topic);
      told.add(topic);
      if (alternately ? !again : topic.equals(refuses) && failures-- > 0) {
        throw new DataException("no", new IllegalStateException("it is there already"));
      }
    }

    @Override
    public void close() {
      closed++;
    }
  }
}
