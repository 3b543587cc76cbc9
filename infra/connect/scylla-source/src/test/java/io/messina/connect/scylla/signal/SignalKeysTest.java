package io.messina.connect.scylla.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.messina.connect.scylla.cql.KeyVectors;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.types.CanonicalJson;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SignalKeysTest {

  /** A signal's keys are read as the shared vectors say; of the beginning of a key it is refused. */
  @ParameterizedTest
  @MethodSource("io.messina.connect.scylla.cql.KeyVectors#all")
  void keyIsRead(KeyVectors.Vector vector) {
    JsonNode json = CanonicalJson.read(vector.json());
    SignalKeys keys = new SignalKeys(vector.table(), RowKey.Kind.ROW);
    if (vector.bytes().size() == vector.table().key().size()) {
      assertEquals(vector.bytes(), keys.parse(json).parts());
    } else {
      assertThrows(IllegalArgumentException.class, () -> keys.parse(json));
    }
  }
}
