package io.messina.connect.scylla.cql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class InFlightTest {

  private static final TableId TABLE = new TableId("ops", "flights");

  /** Results come in the order of what was asked, however few may be under way. */
  @Test
  void resultsAreInOrder() throws InterruptedException {
    List<Integer> asked = List.of(3, 1, 2);
    assertEquals(
        asked, new InFlight(1).all(asked, n -> CompletableFuture.supplyAsync(() -> n)));
  }

  /** A read that failed is a {@link ReadException}, however deep: only such a round is repeated. */
  @Test
  void failureKeepsItsKind() {
    ReadException thrown =
        assertThrows(
            ReadException.class,
            () ->
                new InFlight(4)
                    .all(
                        List.of(1, 2),
                        n ->
                            Reads.named(
                                CompletableFuture.failedFuture(new IllegalStateException("gone")),
                                TABLE,
                                () -> "row " + n)));
    assertEquals("ops.flights, row 1: gone", thrown.getMessage());
  }
}
