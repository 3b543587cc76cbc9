package io.messina.connect.scylla.round;

import com.scylladb.cdc.model.worker.RawChange.OperationType;
import io.messina.connect.scylla.cql.LogEntry;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.offset.Micros;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says once a round which changes the log showed that reading single rows again does not carry. */
final class UncarriedChanges {

  private static final Logger LOG = LoggerFactory.getLogger(UncarriedChanges.class);

  private final TableId table;
  private boolean saidRange;
  private boolean saidTtl;

  UncarriedChanges(TableId table) {
    this.table = table;
  }

  /** A round begins. */
  void begin() {
    saidRange = false;
    saidTtl = false;
  }

  /** The round saw this entry. */
  void see(LogEntry entry) {
    if (entry.changedOthers() && !saidRange) {
      saidRange = true;
      String what =
          entry.operation() == OperationType.PARTITION_DELETE ? "partition delete" : "range delete";
      LOG.warn(
          "{}: a {} at {} is not carried: its rows stay in the sink until they are reconciled",
          table,
          what,
          Micros.text(entry.micros()));
    }
    if (entry.ttl() > 0 && !saidTtl) {
      saidTtl = true;
      LOG.warn(
          "{}: a write at {} expires after {} s; the expiry is not carried: the row stays in the"
              + " sink until it is reconciled",
          table,
          Micros.text(entry.micros()),
          entry.ttl());
    }
  }
}
