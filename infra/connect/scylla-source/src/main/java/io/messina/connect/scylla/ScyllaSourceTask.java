package io.messina.connect.scylla;

import io.messina.connect.scylla.event.DataTopics;
import io.messina.connect.scylla.kafka.Consumers;
import io.messina.connect.scylla.kafka.KafkaReader;
import io.messina.connect.scylla.kafka.RegistryGate;
import io.messina.connect.scylla.offset.Micros;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import io.messina.connect.scylla.offset.Watermarks;
import io.messina.connect.scylla.round.Batch;
import io.messina.connect.scylla.round.BatchSource;
import io.messina.connect.scylla.round.RoundThread;
import io.messina.connect.scylla.round.SignalSource;
import io.messina.connect.scylla.signal.Signals;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.apache.kafka.connect.source.TransactionContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries the changes of the slices it owns: one round, one transaction. */
public final class ScyllaSourceTask extends SourceTask {

  private static final Logger LOG = LoggerFactory.getLogger(ScyllaSourceTask.class);
  private static final long POLL_MS = 250;

  /** Makes the source of batches of a task; tests put their own in. */
  interface Batches {
    BatchSource of(
        SourceConfig config,
        Map<SliceId, SliceOffset> progress,
        Watermarks watermarks,
        SignalSource signals,
        long epoch);
  }

  private final Batches batches;
  private SourceConfig config;
  private Watermarks watermarks;
  private BatchSource rounds;
  private KafkaReader reader;
  private RegistryGate gate;
  private Batch held;

  /** A task over a real database. */
  public ScyllaSourceTask() {
    this(RoundThread::new);
  }

  ScyllaSourceTask(Batches batches) {
    this.batches = batches;
  }

  @Override
  public String version() {
    return Version.get();
  }

  @Override
  public void start(Map<String, String> settings) {
    config = new SourceConfig(settings);
    watermarks = new Watermarks(config.hasKafka());
    long now = Micros.now();
    Map<SliceId, SliceOffset> progress = progress(now);
    progress.forEach(watermarks::begin);
    if (context.transactionContext() == null) {
      LOG.warn(
          "Transactions are off (transaction.boundary=connector and"
              + " exactly.once.source.support=enabled turn them on): rounds can become visible in"
              + " part, and be repeated after a crash");
    }
    gate = RegistryGate.of(config.registryUrl(), settings);
    rounds = batches.of(config, progress, watermarks, signals(progress), now);
    rounds.start();
  }

  /** Signals, and where partitions end, are asked of Kafka where the task may. */
  private SignalSource signals(Map<SliceId, SliceOffset> progress) {
    if (!config.hasKafka()) {
      return SignalSource.NONE;
    }
    SliceId first = progress.keySet().iterator().next();
    Consumers consumers =
        new Consumers(
            config.kafkaBootstrapServers(),
            config.kafkaConsumer(),
            "messina-source-" + config.topicPrefix() + "-" + first.toString().replace(':', '-'));
    DataTopics topics = new DataTopics(config.topicPrefix());
    reader =
        new KafkaReader(
            consumers,
            topics.partitions(progress.keySet()),
            ends -> topics.ended(progress.keySet(), ends, watermarks),
            config.signalsTopic(),
            progress.values().stream().map(SliceOffset::signalsUntil).toList());
    reader.start();
    return new Signals(config, progress, reader, watermarks);
  }

  private Map<SliceId, SliceOffset> progress(long now) {
    Map<SliceId, SliceOffset> stored = stored();
    Map<SliceId, SliceOffset> progress = new LinkedHashMap<>();
    for (SliceId slice : config.taskSlices()) {
      SliceOffset from = stored.get(slice);
      if (from != null) {
        LOG.info("{}: going on from {}", slice, from.toMap());
      } else {
        from = beside(slice, stored).orElse(SliceOffset.startingAt(config.start().orElse(now)));
        LOG.info("{}: no offsets, starting at {}", slice, from.toMap());
      }
      progress.put(slice, from);
    }
    return progress;
  }

  /** The offsets of all slices of the task's tables, those of other tasks too. */
  private Map<SliceId, SliceOffset> stored() {
    List<Map<String, Object>> partitions = new ArrayList<>();
    config.taskSlices().stream()
        .map(SliceId::table)
        .distinct()
        .forEach(
            table -> {
              for (int slice = 0; slice < config.slices(); slice++) {
                partitions.add(new SliceId(table, slice).toMap());
              }
            });
    Map<SliceId, SliceOffset> stored = new LinkedHashMap<>();
    context
        .offsetStorageReader()
        .offsets(partitions)
        .forEach(
            (partition, offset) -> {
              if (offset != null) {
                stored.put(SliceId.fromMap(partition), SliceOffset.fromMap(offset));
              }
            });
    return stored;
  }

  /**
   * Where a slice begins that has no offset although others of its table have: no later than any of
   * them, as it may be one whose offset was lost, or have got its tokens from them.
   */
  private static Optional<SliceOffset> beside(SliceId slice, Map<SliceId, SliceOffset> stored) {
    return stored.entrySet().stream()
        .filter(entry -> entry.getKey().table().equals(slice.table()))
        .map(Map.Entry::getValue)
        .min(Comparator.comparingLong(SliceOffset::sweptUntil))
        .map(oldest -> oldest.withTimes(oldest.sweptUntil(), oldest.sweptUntil()));
  }

  @Override
  public List<SourceRecord> poll() throws InterruptedException {
    if (held == null) {
      held = rounds.poll(POLL_MS).orElse(null);
    }
    if (held == null) {
      return null;
    }
    if (!gate.isOpenFor(held.records(), held.ahead())) {
      // What is held is asked about again; meanwhile Connect may want to stop.
      Thread.sleep(POLL_MS);
      return null;
    }
    Batch batch = held;
    held = null;
    TransactionContext transaction = context.transactionContext();
    if (transaction != null && batch.commit()) {
      transaction.commitTransaction();
    }
    return batch.records();
  }

  /**
   * Watermarks and answers are no changes: the watermarks do not wait for them. A tombstone is
   * waited for, but never the last record: a sink whose transforms drop it would not get past it.
   */
  @Override
  public void commitRecord(SourceRecord record, RecordMetadata metadata) {
    String topic = record.topic();
    if (!topic.equals(config.watermarksTopic()) && !topic.equals(config.signalsDoneTopic())) {
      SliceId slice = SliceId.fromMap(record.sourcePartition());
      watermarks.committed(
          slice,
          SliceOffset.fromMap(record.sourceOffset()),
          record.value() == null
              ? null
              : new DataTopics(config.topicPrefix()).kind(slice, topic).orElse(null),
          metadata != null && metadata.hasOffset() ? metadata.offset() : null);
    }
  }

  @Override
  public void stop() {
    if (reader != null) {
      reader.close();
    }
    if (rounds != null) {
      rounds.stop();
    }
    if (gate != null) {
      gate.close();
    }
  }
}
