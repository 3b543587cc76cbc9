package io.messina.standin.late;

import org.apache.cassandra.db.Mutation;
import org.apache.cassandra.db.partitions.PartitionUpdate;

/** Base rows that are visible late. */
public final class LateBase {

  private LateBase() {}

  /** Holds a write back, if its table's delay or an earlier write to its key says so. */
  public static void hold(PartitionUpdate update) {
    long delay = Delays.of(update.metadata()).baseMillis();
    if (LateWrites.mustWait(update.metadata().id, update.partitionKey(), delay)) {
      Mutation mutation = new Mutation(update);
      LateWrites.add(update.metadata().id, update.partitionKey(), delay, mutation);
      Emptied.empty(update);
    }
  }
}
