package io.messina.standin.cdc;

import java.util.Collection;
import java.util.List;
import org.apache.cassandra.db.Mutation;
import org.apache.cassandra.db.partitions.Partition;
import org.apache.cassandra.db.partitions.PartitionUpdate;
import org.apache.cassandra.exceptions.InvalidRequestException;
import org.apache.cassandra.schema.Schema;
import org.apache.cassandra.schema.TableMetadata;
import org.apache.cassandra.service.paxos.Ballot;
import org.apache.cassandra.service.paxos.PaxosState;
import org.apache.cassandra.triggers.ITrigger;

/**
 * Writes the log rows of every write to a table with CDC, before the write itself.
 *
 * <p>It applies them itself instead of returning them: Cassandra would send what a trigger returns
 * through the batch log, at a third of the speed.
 */
public final class CdcTrigger implements ITrigger {

  @Override
  public Collection<Mutation> augment(Partition partition) {
    PartitionUpdate update = (PartitionUpdate) partition;
    CdcOptions options = CdcTables.optionsOf(update.metadata());
    if (options == null || !options.isEnabled()) {
      return null;
    }
    TableMetadata log = logOf(update.metadata());
    ConditionalLog conditional = ConditionalLog.current();
    if (conditional == null) {
      logRows(log, options, update).forEach(Mutation::apply);
    } else {
      conditional.keep(logRows(log, options, atBallot(update)));
    }
    return null;
  }

  private static List<Mutation> logRows(
      TableMetadata log, CdcOptions options, PartitionUpdate update) {
    Generations.choosing().lock();
    try {
      return new LogWriter(log, options, Generations.current()).write(update);
    } finally {
      Generations.choosing().unlock();
    }
  }

  private static TableMetadata logOf(TableMetadata base) {
    String name = LogNames.logOf(base.name);
    TableMetadata log = Schema.instance.getTableMetadata(base.keyspace, name);
    if (log == null) {
      throw new InvalidRequestException(
          String.format("The CDC log %s.%s does not exist", base.keyspace, name));
    }
    return log;
  }

  /**
   * Gives a conditional write the timestamp that Paxos will give it: that of the ballot that this
   * node promised last. (If that is a rival's by now, this try is lost and its rows are dropped.)
   */
  private static PartitionUpdate atBallot(PartitionUpdate update) {
    try (PaxosState state = PaxosState.get(update.partitionKey(), update.metadata())) {
      Ballot ballot = state.currentSnapshot().promised;
      return new PartitionUpdate.Builder(update, 0)
          .updateAllTimestamp(ballot.unixMicros())
          .build();
    }
  }
}
