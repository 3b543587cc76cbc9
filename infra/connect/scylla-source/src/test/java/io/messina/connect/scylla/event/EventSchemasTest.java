package io.messina.connect.scylla.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.Tables;
import java.util.List;
import org.apache.kafka.connect.data.Field;
import org.junit.jupiter.api.Test;

class EventSchemasTest {

  /** Key columns are never optional, in the key and in the row; all others are. */
  @Test
  void onlyKeysAreRequired() {
    EventSchemas schemas = new EventSchemas("p", Tables.flights("a"), RowKey.Kind.ROW, Masks.NONE);
    assertEquals(List.of("id", "leg"), schemas.key.fields().stream().map(Field::name).toList());
    assertTrue(schemas.key.fields().stream().noneMatch(field -> field.schema().isOptional()));
    assertFalse(schemas.value.field("id").schema().isOptional());
    assertTrue(schemas.value.field("a").schema().isOptional());
    assertTrue(schemas.value.isOptional());
  }

  /** The envelope has Debezium's fields, in its order. */
  @Test
  void envelopeIsDebeziums() {
    List<String> fields =
        new EventSchemas("p", Tables.flights("a"), RowKey.Kind.ROW, Masks.NONE)
            .envelope.fields().stream().map(Field::name).toList();
    assertEquals(List.of("before", "after", "source", "op", "ts_ms", "transaction"), fields);
  }

  /** Schema names are such as Avro takes, whatever the pipeline is called. */
  @Test
  void namesSuitAvro() {
    assertEquals(
        "my_pipe.ops.flights.Key", new EventSchemas("my-pipe", Tables.flights("a"), RowKey.Kind.ROW, Masks.NONE).key.name());
    assertEquals("_7up.ops._2", EventSchemas.avroName("7up.ops.2"));
  }

  /** Static rows have schemas of their own, keyed by the partition key. */
  @Test
  void staticsHaveTheirOwn() {
    EventSchemas schemas = new EventSchemas("p", Tables.withStatics("s"), RowKey.Kind.STATIC, Masks.NONE);
    assertEquals("p.ops.flights__static.Key", schemas.key.name());
    assertEquals(List.of("id"), schemas.key.fields().stream().map(Field::name).toList());
    assertEquals(List.of("id", "s"), schemas.value.fields().stream().map(Field::name).toList());
  }
}
