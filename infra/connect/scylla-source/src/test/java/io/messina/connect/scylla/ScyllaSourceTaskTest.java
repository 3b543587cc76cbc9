package io.messina.connect.scylla;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.cql.Tables;
import io.messina.connect.scylla.offset.Micros;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import io.messina.connect.scylla.offset.Watermarks;
import io.messina.connect.scylla.round.Batch;
import io.messina.connect.scylla.round.BatchSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.source.TransactionContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;
import org.junit.jupiter.api.Test;

class ScyllaSourceTaskTest {

  private static final SliceId SLICE = new SliceId(Tables.ID, 0);
  private final List<String> transactions = new ArrayList<>();
  private final Map<Map<String, ?>, Map<String, Object>> stored = new HashMap<>();
  private final Fakes batches = new Fakes();
  private Map<SliceId, SliceOffset> progress;
  private Watermarks watermarks;

  private ScyllaSourceTask started(Map<String, String> more) {
    ScyllaSourceTask task =
        new ScyllaSourceTask(
            (config, from, marks, signals, epoch) -> {
              progress = from;
              watermarks = marks;
              return batches;
            });
    task.initialize(new Context());
    Map<String, String> settings = new HashMap<>(more);
    settings.put("topic.prefix", "p");
    settings.put("scylla.contact.points", "127.0.0.1:9042");
    settings.put("tables", "ops.flights");
    settings.putIfAbsent("slices", "1");
    settings.put("task.slices", "ops.flights:0");
    task.start(settings);
    return task;
  }

  private static SourceRecord record(String topic, SliceOffset offset) {
    return record(topic, offset, "a value");
  }

  private static SourceRecord record(String topic, SliceOffset offset, String value) {
    return new SourceRecord(SLICE.toMap(), offset.toMap(), topic, 0, null, null, null, value);
  }

  /** The transaction ends with the last batch of a round, not before. */
  @Test
  void lastBatchEndsTheTransaction() throws InterruptedException {
    ScyllaSourceTask task = started(Map.of());
    SourceRecord record = record("p.ops.flights", SliceOffset.startingAt(5));
    batches.waiting.add(new Batch(List.of(record), false, List.of(record)));
    batches.waiting.add(new Batch(List.of(record), true, List.of()));
    assertEquals(1, task.poll().size());
    assertEquals(List.of(), transactions);
    assertEquals(1, task.poll().size());
    assertEquals(List.of("commit"), transactions);
    assertNull(task.poll());
    task.stop();
    assertTrue(batches.stopped);
  }

  /** A slice goes on from its stored offset. */
  @Test
  void storedOffsetIsGoneOnFrom() {
    SliceOffset offset = new SliceOffset(50, 40, 3);
    stored.put(SLICE.toMap(), offset.toMap());
    started(Map.of("start", "2026-11-23T06:00:00Z"));
    assertEquals(Map.of(SLICE, offset), progress);
  }

  /** A slice without an offset begins at the time that is configured, or now. */
  @Test
  void newSliceBeginsAtStart() {
    started(Map.of("start", "2026-11-23T06:00:00Z"));
    assertEquals(SliceOffset.startingAt(Micros.parse("2026-11-23T06:00:00Z")), progress.get(SLICE));
    long before = Micros.now();
    started(Map.of());
    assertTrue(progress.get(SLICE).fastUntil() >= before);
  }

  /** A slice without an offset whose neighbours have one begins no later than any of them. */
  @Test
  void sliceThatLostItsOffsetBeginsBesideOthers() {
    stored.put(new SliceId(SLICE.table(), 1).toMap(), new SliceOffset(50, 40, 3).toMap());
    started(Map.of("slices", "2", "task.slices", SLICE.toString()));
    assertEquals(Map.of(SLICE, new SliceOffset(40, 40, 3)), progress);
  }

  /** Committed data records move the watermark; watermark records do not. */
  @Test
  void commitsReachTheWatermark() {
    ScyllaSourceTask task = started(Map.of());
    SliceOffset later = SliceOffset.startingAt(progress.get(SLICE).fastUntil() + 5);
    watermarks.emitted(SLICE, later, 1);
    RecordMetadata metadata =
        new RecordMetadata(new TopicPartition("p.ops.flights", 0), 17, 0, 0, 0, 0);
    task.commitRecord(record("p.watermarks", later), metadata);
    task.commitRecord(record("p.ops.flights", later), metadata);
    Watermarks.Mark mark = watermarks.due(SLICE, System.nanoTime()).orElseThrow();
    assertEquals(new Watermarks.Mark(later, 17L, null), mark);
  }

  /** A tombstone is waited for, and where it lies is not what a sink has to get past. */
  @Test
  void tombstoneIsNotTheLastRecord() {
    ScyllaSourceTask task = started(Map.of());
    SliceOffset later = SliceOffset.startingAt(progress.get(SLICE).fastUntil() + 5);
    watermarks.emitted(SLICE, later, 2);
    TopicPartition data = new TopicPartition("p.ops.flights", 0);
    task.commitRecord(
        record(data.topic(), later), new RecordMetadata(data, 17, 0, 0, 0, 0));
    task.commitRecord(
        record(data.topic(), later, null), new RecordMetadata(data, 17, 1, 0, 0, 0));
    assertTrue(watermarks.isCommitted(SLICE, 2));
    assertEquals(
        new Watermarks.Mark(later, 17L, null),
        watermarks.due(SLICE, System.nanoTime()).orElseThrow());
  }

  /** A gap's record is waited for; an answer's is not, and neither has to do with data offsets. */
  @Test
  void gapsAndAnswersAreNoData() {
    ScyllaSourceTask task = started(Map.of());
    SliceOffset later = SliceOffset.startingAt(progress.get(SLICE).fastUntil() + 5);
    watermarks.emitted(SLICE, later, 1);
    RecordMetadata metadata = new RecordMetadata(new TopicPartition("p.gaps", 0), 17, 0, 0, 0, 0);
    task.commitRecord(record("p.signals.done", later), metadata);
    assertEquals(
        new Watermarks.Mark(progress.get(SLICE), null, null),
        watermarks.due(SLICE, System.nanoTime()).orElseThrow());
    task.commitRecord(record("p.gaps", later), metadata);
    assertEquals(
        new Watermarks.Mark(later, null, null),
        watermarks.due(SLICE, System.nanoTime() + 1_000_000_000L).orElseThrow());
  }

  /** Static rows have a topic, and an offset, of their own. */
  @Test
  void staticRowsAreTheirOwnTopics() {
    ScyllaSourceTask task = started(Map.of());
    SliceOffset later = SliceOffset.startingAt(progress.get(SLICE).fastUntil() + 5);
    watermarks.emitted(SLICE, later, 1);
    TopicPartition statics = new TopicPartition("p.ops.flights__static", 0);
    task.commitRecord(
        record(statics.topic(), later), new RecordMetadata(statics, 17, 0, 0, 0, 0));
    assertEquals(
        new Watermarks.Mark(later, null, 17L),
        watermarks.due(SLICE, System.nanoTime()).orElseThrow());
  }

  private static final class Fakes implements BatchSource {
    private final Deque<Batch> waiting = new ArrayDeque<>();
    private boolean stopped;

    @Override
    public void start() {}

    @Override
    public Optional<Batch> poll(long millis) {
      return Optional.ofNullable(waiting.poll());
    }

    @Override
    public void stop() {
      stopped = true;
    }
  }

  private final class Context
      implements SourceTaskContext, OffsetStorageReader, TransactionContext {

    @Override
    public Map<String, String> configs() {
      return Map.of();
    }

    @Override
    public OffsetStorageReader offsetStorageReader() {
      return this;
    }

    @Override
    public TransactionContext transactionContext() {
      return this;
    }

    @Override
    public org.apache.kafka.common.metrics.PluginMetrics pluginMetrics() {
      return null;
    }

    @Override
    public <T> Map<String, Object> offset(Map<String, T> partition) {
      return stored.get(partition);
    }

    @Override
    public <T> Map<Map<String, T>, Map<String, Object>> offsets(
        Collection<Map<String, T>> partitions) {
      Map<Map<String, T>, Map<String, Object>> found = new HashMap<>();
      partitions.forEach(partition -> found.put(partition, stored.get(partition)));
      return found;
    }

    @Override
    public void commitTransaction() {
      transactions.add("commit");
    }

    @Override
    public void commitTransaction(SourceRecord record) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void abortTransaction() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void abortTransaction(SourceRecord record) {
      throw new UnsupportedOperationException();
    }
  }
}
