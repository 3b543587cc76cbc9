package io.messina.connect.scylla.kafka;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Finds the last committed record of partitions.
 *
 * <p>Where a partition ends says little: transaction markers and aborted records take offsets too.
 * So it is read backwards from its end, in steps that grow, until a step has a record. In the place
 * of a tombstone stands the delete right before it: sinks may drop the one, and are done with the
 * other.
 */
final class LastRecords {

  /** The offset that stands for a partition without records. */
  static final long NONE = -1;

  private static final long FIRST_STEP = 8;
  private static final Duration POLL = Duration.ofMillis(200);
  private static final long GIVE_UP_NANOS = Duration.ofSeconds(20).toNanos();

  private final Consumer<byte[], byte[]> consumer;
  private final Map<TopicPartition, Long> found = new HashMap<>();

  private LastRecords(Consumer<byte[], byte[]> consumer) {
    this.consumer = consumer;
  }

  /**
   * The offset of each partition's last record, {@link #NONE} where it has none; partitions of
   * topics that do not exist are left out.
   */
  static Map<TopicPartition, Long> read(
      Consumer<byte[], byte[]> consumer, Collection<TopicPartition> partitions) {
    LastRecords reading = new LastRecords(consumer);
    reading.read(existing(consumer, partitions));
    return reading.found;
  }

  private static List<TopicPartition> existing(
      Consumer<byte[], byte[]> consumer, Collection<TopicPartition> partitions) {
    Map<String, Integer> sizes = new HashMap<>();
    for (TopicPartition partition : partitions) {
      sizes.computeIfAbsent(
          partition.topic(),
          topic -> {
            List<PartitionInfo> known = consumer.partitionsFor(topic);
            return known == null ? 0 : known.size();
          });
    }
    return partitions.stream().filter(p -> p.partition() < sizes.get(p.topic())).toList();
  }

  private void read(List<TopicPartition> partitions) {
    Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    Set<TopicPartition> open = new HashSet<>(partitions);
    for (long step = FIRST_STEP; !open.isEmpty(); step *= FIRST_STEP) {
      long back = step;
      consumer.assign(open);
      consumer.resume(open);
      open.forEach(p -> consumer.seek(p, Math.max(starts.get(p), ends.get(p) - back)));
      toTheEnd(open, ends);
      open.stream()
          .filter(p -> ends.get(p) - back <= starts.get(p))
          .forEach(p -> found.putIfAbsent(p, NONE));
      open.removeAll(found.keySet());
    }
  }

  private void toTheEnd(Set<TopicPartition> open, Map<TopicPartition, Long> ends) {
    Set<TopicPartition> reading = new HashSet<>(open);
    long deadline = System.nanoTime() + GIVE_UP_NANOS;
    while (true) {
      List<TopicPartition> done =
          reading.stream().filter(p -> consumer.position(p) >= ends.get(p)).toList();
      done.forEach(reading::remove);
      consumer.pause(done);
      if (reading.isEmpty()) {
        return;
      }
      if (System.nanoTime() - deadline > 0) {
        throw new TimeoutException("no end of " + reading + " was reached");
      }
      ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
      for (ConsumerRecord<byte[], byte[]> record : records) {
        long said = record.value() == null ? record.offset() - 1 : record.offset();
        found.merge(new TopicPartition(record.topic(), record.partition()), said, Math::max);
      }
    }
  }
}
