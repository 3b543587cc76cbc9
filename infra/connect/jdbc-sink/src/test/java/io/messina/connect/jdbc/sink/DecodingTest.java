package io.messina.connect.jdbc.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.messina.connect.jdbc.avro.AvroDecoder;
import io.messina.connect.jdbc.avro.NoSuchSchemaException;
import io.messina.connect.jdbc.avro.SchemaNotYetException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

class DecodingTest {

  private final Set<Integer> asked = new TreeSet<>();
  private boolean waited;
  private final AvroDecoder decoder =
      new AvroDecoder(
          id -> {
            asked.add(id);
            if (id == 1) {
              return "\"string\"";
            }
            NoSuchSchemaException missing = new NoSuchSchemaException("no schema " + id);
            throw waited ? missing : new SchemaNotYetException(missing);
          });

  private static SinkRecord record(int schema) {
    byte[] value = {0, 0, 0, 0, (byte) schema, 2, 'a'};
    return new SinkRecord("t", 0, null, value, null, value, schema);
  }

  /** Schemas that may still come are waited for together: a batch waits once, however many lack. */
  @Test
  void aBatchWaitsOnceForItsSchemas() {
    List<SinkRecord> batch = List.of(record(7), record(1), record(8));
    Renames renames = new Renames("");
    assertThrows(SchemaNotYetException.class, () -> Decoding.of(batch, decoder, renames));
    assertEquals(Set.of(1, 7, 8), asked);
    waited = true;
    Decoding done = Decoding.of(batch, decoder, renames);
    assertEquals(1, done.decoded().size());
    assertEquals(
        List.of("no schema 7", "no schema 8"),
        done.undecodable().stream().map(one -> one.failure().message()).toList());
  }
}
