package io.messina.connect.scylla.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.cql.Column;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.RowState;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.cql.Tables;
import io.messina.connect.scylla.look.Request;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.types.CqlType;
import io.messina.connect.scylla.types.UserTypes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.connect.data.Struct;
import org.junit.jupiter.api.Test;

class EventRecordsTest {

  private static final SliceId SLICE = new SliceId(Tables.ID, 0);

  private static Event event(TableSchema schema, ByteBuffer... others) {
    RowKey key = Tables.key(1, "x");
    List<ByteBuffer> values = new ArrayList<>(key.parts());
    values.addAll(java.util.Arrays.asList(others));
    return new Event(
        SLICE,
        Request.ofSignal(key, 0, "s"),
        new RowState(schema, RowKey.Kind.ROW, values.toArray(ByteBuffer[]::new)),
        77);
  }

  private static Struct after(EventRecords records, Event event) throws UnreadableException {
    return records.draft(event).value().getStruct("after");
  }

  private static SourceConfig config(String... more) {
    Map<String, String> settings = new HashMap<>();
    settings.put("topic.prefix", "p");
    settings.put("scylla.contact.points", "127.0.0.1:9042");
    settings.put("tables", "ops.flights");
    settings.put("slices", "1");
    for (int i = 0; i < more.length; i += 2) {
      settings.put(more[i], more[i + 1]);
    }
    return new SourceConfig(settings);
  }

  /** A hashed column is a text, a nulled one keeps its type; neither has its value. */
  @Test
  void masksApply() throws UnreadableException {
    Masks masks =
        Masks.of(
            config(
                "columns.mask.hmac", "ops.flights.a",
                "columns.mask.null", "ops.flights.b",
                "mask.key", "secret"));
    EventRecords records = new EventRecords("p", masks, 1_000);
    Event event = event(Tables.flights("a", "b"), Tables.text("one"), Tables.text("two"));
    Struct after = after(records, event);
    assertTrue(after.getString("a").matches("[0-9a-f]{64}"));
    assertNull(after.get("b"));
    assertEquals("x", after.getString("leg"));
    assertNull(after(records, event(Tables.flights("a", "b"), null, null)).get("a"));
  }

  /** An excluded column is not in the schema, and key columns stay. */
  @Test
  void excludedColumnIsGone() throws UnreadableException {
    TableSchema table = Tables.flights("a", "b").carrying(name -> !Set.of("a", "leg").contains(name));
    Struct after =
        after(new EventRecords("p", Masks.NONE, 1_000), event(table, Tables.text("two")));
    assertNull(after.schema().field("a"));
    assertEquals("two", after.getString("b"));
    assertEquals("x", after.getString("leg"));
  }

  /** A user type is read with the fields that it has now; a table whose type changed is another. */
  @Test
  void userTypeGrows() throws UnreadableException {
    List<Column> columns = new ArrayList<>(Tables.flights().columns());
    columns.add(Tables.column("home", "frozen<address>", Column.Kind.REGULAR, -1));
    UserTypes.Field street = new UserTypes.Field("street", CqlType.parse("text"));
    UserTypes.Field zip = new UserTypes.Field("zip", CqlType.parse("int"));
    UserTypes before = new UserTypes(Map.of("address", List.of(street)));
    UserTypes now = new UserTypes(Map.of("address", List.of(street, zip)));
    TableSchema old = new TableSchema(Tables.ID, new UUID(0, 1), columns, before);
    TableSchema grown = new TableSchema(Tables.ID, new UUID(0, 1), columns, now);
    assertTrue(!old.equals(grown));
    ByteBuffer value = ByteBuffer.allocate(13).putInt(1).put((byte) 'q').putInt(4).putInt(7).flip();
    EventRecords records = new EventRecords("p", Masks.NONE, 1_000);
    assertEquals("{\"street\":\"q\"}", after(records, event(old, value)).getString("home"));
    assertEquals(
        "{\"street\":\"q\",\"zip\":7}", after(records, event(grown, value)).getString("home"));
  }

  /** What only a signal asked for has the time of its read, and no log entry to be found by. */
  @Test
  void signalledEventHasTheTimeOfItsRead() throws UnreadableException {
    Draft draft =
        new EventRecords("p", Masks.NONE, 1_000).draft(event(Tables.flights("a"), (ByteBuffer) null));
    Struct source = draft.value().getStruct("source");
    assertEquals(77, source.getInt64("ts_us"));
    assertNull(source.get("sequence"));
    assertEquals("s", draft.headers().lastWithName("messina.correlation_id").value());
    draft.value().validate();
  }

  /** A key column with CQL's empty value has no value in Kafka: such a row is unreadable. */
  @Test
  void emptyKeyIsUnreadable() {
    RowKey key = new RowKey(List.of(ByteBuffer.allocate(0), Tables.text("x")));
    Event event =
        new Event(
            SLICE,
            Request.ofSignal(key, 0, "s"),
            RowState.absent(Tables.flights("a"), RowKey.Kind.ROW),
            77);
    assertThrows(
        UnreadableException.class, () -> new EventRecords("p", Masks.NONE, 1_000).draft(event));
  }
}
