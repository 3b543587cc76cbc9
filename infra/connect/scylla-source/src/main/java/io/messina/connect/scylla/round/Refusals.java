package io.messina.connect.scylla.round;

import io.messina.connect.scylla.cql.ReadException;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.TableStoppedException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.QueryValidationException;

/**
 * Counts how often in a row a table's queries were refused: a few times while the table is altered,
 * for ever where a permission is missing.
 */
final class Refusals {

  private static final int ENOUGH = 10;

  private final Map<TableId, Integer> counts = new HashMap<>();

  /** The table's queries were answered. */
  void answered(TableId table) {
    counts.remove(table);
  }

  /** A read failed; why its table stops, where it was refused often enough. */
  Optional<TableStoppedException> refused(ReadException error) {
    if (!(error.reason() instanceof QueryValidationException)
        || counts.merge(error.table(), 1, Integer::sum) < ENOUGH) {
      return Optional.empty();
    }
    counts.remove(error.table());
    return Optional.of(
        new TableStoppedException(
            "The CQL server refuses a query: "
                + error.getMessage()
                + ". The table's offsets were kept; check the table and the user's permissions,"
                + " then restart the task.",
            error));
  }
}
