package io.messina.standin.cdc;

import org.apache.cassandra.db.Clustering;
import org.apache.cassandra.db.DecoratedKey;
import org.apache.cassandra.db.ReadExecutionController;
import org.apache.cassandra.db.SinglePartitionReadCommand;
import org.apache.cassandra.db.Slices;
import org.apache.cassandra.db.partitions.PartitionIterator;
import org.apache.cassandra.db.partitions.UnfilteredPartitionIterators;
import org.apache.cassandra.db.rows.Row;
import org.apache.cassandra.db.rows.RowIterator;
import org.apache.cassandra.schema.TableMetadata;
import org.apache.cassandra.utils.FBUtilities;

/** Reads rows of one partition from this node. */
final class LocalRows {

  private final TableMetadata table;
  private final DecoratedKey key;
  private final long nowInSeconds = FBUtilities.nowInSeconds();

  LocalRows(TableMetadata table, DecoratedKey key) {
    this.table = table;
    this.key = key;
  }

  /** Returns the live cells of a row, or null when there is no such row. */
  Row read(Clustering<?> clustering) {
    return read(SinglePartitionReadCommand.create(table, nowInSeconds, key, clustering), false);
  }

  /** Returns the live cells of the static row, or null when it has none. */
  Row readStatic() {
    return read(SinglePartitionReadCommand.create(table, nowInSeconds, key, Slices.NONE), true);
  }

  private Row read(SinglePartitionReadCommand command, boolean isStatic) {
    try (ReadExecutionController controller = command.executionController();
        PartitionIterator partitions =
            UnfilteredPartitionIterators.filter(
                command.executeLocally(controller), nowInSeconds)) {
      while (partitions.hasNext()) {
        try (RowIterator rows = partitions.next()) {
          if (isStatic) {
            return rows.staticRow().isEmpty() ? null : rows.staticRow();
          }
          if (rows.hasNext()) {
            return rows.next();
          }
        }
      }
    }
    return null;
  }
}
