package io.messina.standin.cdc;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.apache.cassandra.db.Mutation;
import org.apache.cassandra.db.partitions.PartitionUpdate;
import org.apache.cassandra.dht.Murmur3Partitioner;
import org.apache.cassandra.schema.TableMetadata;

/** Turns a write to one partition into its log rows. */
final class LogWriter {

  private static final long MICROS_PER_MILLI = 1_000;

  private final TableMetadata log;
  private final CdcOptions options;
  private final Streams streams;

  LogWriter(TableMetadata log, CdcOptions options, Streams streams) {
    this.log = log;
    this.options = options;
    this.streams = streams;
  }

  /** Returns the log rows of a write: one mutation for each timestamp in it. */
  List<Mutation> write(PartitionUpdate update) {
    SortedMap<Long, List<Change>> changes = Changes.of(update);
    Images images = needsImages() ? Images.read(update) : null;
    List<Mutation> mutations = new ArrayList<>();
    for (Map.Entry<Long, List<Change>> entry : changes.entrySet()) {
      mutations.add(write(update, entry.getKey(), entry.getValue(), images));
    }
    return mutations;
  }

  private boolean needsImages() {
    return options.postimage() || options.preimage() != ImageMode.FALSE;
  }

  private Mutation write(
      PartitionUpdate update, long timestamp, List<Change> changes, Images images) {
    long token = ((Murmur3Partitioner.LongToken) update.partitionKey().getToken()).token;
    long now = System.currentTimeMillis() * MICROS_PER_MILLI;
    StreamId stream = streams.streamFor(timestamp, token, now);
    LogRecord record = new LogRecord(update, log, options, stream, timestamp);
    if (options.preimage() != ImageMode.FALSE) {
      images.writeBefore(record, changes, options.preimage() == ImageMode.FULL);
    }
    changes.forEach(record::delta);
    if (images != null) {
      images.apply(changes);
    }
    if (options.postimage()) {
      images.writeAfter(record, changes);
    }
    return record.finish();
  }
}
