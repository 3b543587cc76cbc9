package io.messina.connect.scylla.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/** Topics in memory whose partitions have records, and offsets without one, as markers take. */
final class FakeTopics {

  private final Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records = new HashMap<>();
  private final Map<TopicPartition, Long> starts = new HashMap<>();
  private final Map<TopicPartition, Long> ends = new HashMap<>();
  volatile int polls;

  /** A partition from one offset to another, with records at these. */
  synchronized void partition(TopicPartition partition, long start, long end, long... at) {
    starts.put(partition, start);
    ends.put(partition, end);
    records.put(partition, new ArrayList<>());
    for (long offset : at) {
      add(partition, offset);
    }
  }

  /** One more record. */
  synchronized void add(TopicPartition partition, long offset) {
    add(partition, offset, ("value " + offset).getBytes());
  }

  /** One more record, without a value. */
  synchronized void tombstone(TopicPartition partition, long offset) {
    add(partition, offset, null);
  }

  private void add(TopicPartition partition, long offset, byte[] value) {
    records
        .get(partition)
        .add(
            new ConsumerRecord<>(
                partition.topic(), partition.partition(), offset, new byte[0], value));
    ends.merge(partition, offset + 1, Math::max);
  }

  Consumer<byte[], byte[]> consumer() {
    return new Reading();
  }

  private final class Reading extends MockConsumer<byte[], byte[]> {

    private volatile boolean woken;

    Reading() {
      super("earliest");
      synchronized (FakeTopics.this) {
        updateBeginningOffsets(starts);
        updateEndOffsets(ends);
        starts.keySet().stream()
            .map(TopicPartition::topic)
            .distinct()
            .forEach(topic -> updatePartitions(topic, infos(topic)));
      }
    }

    private static List<PartitionInfo> infos(String topic) {
      return IntStream.range(0, 4)
          .mapToObj(p -> new PartitionInfo(topic, p, null, null, null))
          .toList();
    }

    @Override
    public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
      if (woken) {
        throw new org.apache.kafka.common.errors.WakeupException();
      }
      polls++;
      Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> found = new HashMap<>();
      synchronized (FakeTopics.this) {
        for (TopicPartition partition : assignment()) {
          if (!paused().contains(partition)) {
            long from = position(partition);
            List<ConsumerRecord<byte[], byte[]>> more =
                records.get(partition).stream().filter(r -> r.offset() >= from).toList();
            if (!more.isEmpty()) {
              found.put(partition, more);
            }
            seek(partition, ends.get(partition));
          }
        }
      }
      if (found.isEmpty()) {
        Thread.yield();
      }
      return new ConsumerRecords<>(found, Map.of());
    }

    @Override
    public void wakeup() {
      woken = true;
    }
  }
}
