package io.messina.standin.cdc;

import io.messina.standin.late.Delays;
import io.messina.standin.late.LateWrites;
import java.util.List;
import org.apache.cassandra.db.DecoratedKey;
import org.apache.cassandra.db.Mutation;
import org.apache.cassandra.schema.TableMetadata;

/**
 * The log rows of one write to one partition.
 *
 * @param base the table that is written to
 * @param log its log
 * @param key the partition that is written to
 * @param mutations the rows, one mutation for each timestamp
 */
record LogRows(TableMetadata base, TableMetadata log, DecoratedKey key, List<Mutation> mutations) {

  /** Writes the rows, at once or as late as the table's delay says. */
  void write() {
    long delay = Delays.of(base).logMillis();
    if (LateWrites.mustWait(log.id, key, delay)) {
      mutations.forEach(mutation -> LateWrites.add(log.id, key, delay, mutation));
    } else {
      mutations.forEach(Mutation::apply);
    }
  }
}
