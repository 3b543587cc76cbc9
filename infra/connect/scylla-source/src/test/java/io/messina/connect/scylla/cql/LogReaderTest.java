package io.messina.connect.scylla.cql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.ring.Murmur3;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogReaderTest {

  /** A log row that lost its partition key in a RENAME stops the table, and says what to do. */
  @Test
  void lostPartitionKeyStopsTheTable() {
    ByteBuffer id = Tables.number(1);
    assertEquals(Murmur3.token(id), LogReader.token(Tables.ID, List.of(id)));
    TableStoppedException stopped =
        assertThrows(
            TableStoppedException.class,
            () -> LogReader.token(Tables.ID, Arrays.asList(id, null)));
    assertTrue(stopped.getMessage().contains("ops.flights"), stopped.getMessage());
    assertTrue(stopped.getMessage().contains("renamed"), stopped.getMessage());
  }
}
