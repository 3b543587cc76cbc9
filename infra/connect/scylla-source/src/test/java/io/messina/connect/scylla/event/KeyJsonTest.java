package io.messina.connect.scylla.event;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.messina.connect.scylla.cql.KeyVectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KeyJsonTest {

  /** Keys, and the beginnings of keys, are written as the shared vectors say. */
  @ParameterizedTest
  @MethodSource("io.messina.connect.scylla.cql.KeyVectors#all")
  void keyIsWritten(KeyVectors.Vector vector) {
    assertEquals(vector.json(), KeyJson.text(vector.table(), 0, vector.bytes()));
  }
}
