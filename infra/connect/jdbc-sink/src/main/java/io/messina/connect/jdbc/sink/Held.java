package io.messina.connect.jdbc.sink;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * What becomes of a batch that waits while partitions come and go.
 *
 * <p>Connect keeps a batch whose {@code put} failed and brings it again. When partitions are taken
 * away meanwhile it means to drop their records, but looks for them by the topic's name behind the
 * transforms: where these change it, the batch of another task's partitions comes again, and would
 * put old rows over that one's newer ones. And it keeps the batch's offsets: given the partitions
 * once more, it would commit them after an empty batch, as if they had been written.
 */
final class Held {

  private final Set<SinkRecord> taken = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Set<TopicPartition> unwritten = new HashSet<>();
  private final Map<TopicPartition, OffsetAndMetadata> written = new HashMap<>();
  private Collection<SinkRecord> waiting = List.of();

  /** The records of a batch that are still this task's to write. */
  List<SinkRecord> ours(Collection<SinkRecord> batch) {
    List<SinkRecord> ours = new ArrayList<>(batch);
    ours.removeIf(taken::contains);
    return ours;
  }

  /** A batch was not written, or not all of it. */
  void failed(Collection<SinkRecord> batch) {
    waiting = batch;
    batch.forEach(record -> unwritten.add(place(record)));
  }

  /** A batch was written: of it, these. */
  void done(Collection<SinkRecord> ours) {
    for (SinkRecord record : ours) {
      TopicPartition place = place(record);
      unwritten.remove(place);
      written.put(place, new OffsetAndMetadata(record.originalKafkaOffset() + 1));
    }
    taken.clear();
    waiting = List.of();
  }

  /** Partitions are no longer this task's, or come anew. */
  void close(Collection<TopicPartition> partitions) {
    Set<TopicPartition> gone = new HashSet<>(partitions);
    waiting.stream().filter(record -> gone.contains(place(record))).forEach(taken::add);
    written.keySet().removeAll(gone);
  }

  /**
   * What may be committed of what Connect means to: nothing that was not written.
   *
   * @param note stands beside the places where a batch waits; empty: nothing does
   */
  Map<TopicPartition, OffsetAndMetadata> committable(
      Map<TopicPartition, OffsetAndMetadata> current, String note) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>(current);
    for (TopicPartition place : unwritten) {
      if (offsets.remove(place) != null && written.containsKey(place)) {
        offsets.put(place, written.get(place));
      }
    }
    if (!note.isEmpty()) {
      note(current, offsets, note);
    }
    return offsets;
  }

  /** Where nothing was written yet the place is that of the first record that waits. */
  private void note(
      Map<TopicPartition, OffsetAndMetadata> current,
      Map<TopicPartition, OffsetAndMetadata> offsets,
      String note) {
    Set<TopicPartition> noted = new HashSet<>();
    for (SinkRecord record : waiting) {
      TopicPartition place = place(record);
      if (taken.contains(record) || !current.containsKey(place) || !noted.add(place)) {
        continue;
      }
      long first = Math.min(current.get(place).offset(), record.originalKafkaOffset());
      long at = written.containsKey(place) ? offsets.get(place).offset() : first;
      offsets.put(place, new OffsetAndMetadata(at, note));
    }
  }

  /** Where what is in a batch begins, by partition: all before that was written. */
  static Map<TopicPartition, OffsetAndMetadata> begin(Collection<SinkRecord> batch) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (SinkRecord record : batch) {
      offsets.putIfAbsent(place(record), new OffsetAndMetadata(record.originalKafkaOffset()));
    }
    return offsets;
  }

  private static TopicPartition place(SinkRecord record) {
    return new TopicPartition(record.originalTopic(), record.originalKafkaPartition());
  }
}
