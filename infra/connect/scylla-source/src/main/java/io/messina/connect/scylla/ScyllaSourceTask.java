package io.messina.connect.scylla;

import io.messina.connect.scylla.event.DataTopics;
import io.messina.connect.scylla.kafka.Consumers;
import io.messina.connect.scylla.kafka.KafkaReader;
import io.messina.connect.scylla.offset.Micros;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import io.messina.connect.scylla.offset.Watermarks;
import io.messina.connect.scylla.round.Batch;
import io.messina.connect.scylla.round.BatchSource;
import io.messina.connect.scylla.round.RoundThread;
import io.messina.connect.scylla.round.SignalSource;
import io.messina.connect.scylla.signal.Signals;
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
    List<SliceId> slices = config.taskSlices();
    List<Map<String, Object>> partitions = slices.stream().map(SliceId::toMap).toList();
    Map<Map<String, Object>, Map<String, Object>> stored =
        context.offsetStorageReader().offsets(partitions);
    Map<SliceId, SliceOffset> progress = new LinkedHashMap<>();
    for (SliceId slice : slices) {
      Map<String, Object> offset = stored.get(slice.toMap());
      SliceOffset from =
          offset == null
              ? SliceOffset.startingAt(config.start().orElse(now))
              : SliceOffset.fromMap(offset);
      LOG.info(
          "{}: {} {}",
          slice,
          offset == null ? "no offsets, starting at" : "going on from",
          from.toMap());
      progress.put(slice, from);
    }
    return progress;
  }

  @Override
  public List<SourceRecord> poll() throws InterruptedException {
    Optional<Batch> batch = rounds.poll(POLL_MS);
    if (batch.isEmpty()) {
      return null;
    }
    TransactionContext transaction = context.transactionContext();
    if (transaction != null && batch.get().commit()) {
      transaction.commitTransaction();
    }
    return batch.get().records();
  }

  /** Watermarks and answers are no changes: the watermarks do not wait for them. */
  @Override
  public void commitRecord(SourceRecord record, RecordMetadata metadata) {
    String topic = record.topic();
    if (!topic.equals(config.watermarksTopic()) && !topic.equals(config.signalsDoneTopic())) {
      SliceId slice = SliceId.fromMap(record.sourcePartition());
      watermarks.committed(
          slice,
          SliceOffset.fromMap(record.sourceOffset()),
          new DataTopics(config.topicPrefix()).kind(slice, topic).orElse(null),
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
  }
}
