package io.messina.connect.scylla.event;

import io.messina.connect.scylla.cql.RowKey.Kind;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.Watermarks;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/** The Kafka partitions of slices: one with the events of rows, one with those of static rows. */
public final class DataTopics {

  private final String prefix;

  /** Those of a pipeline. */
  public DataTopics(String prefix) {
    this.prefix = prefix;
  }

  /** The partition that holds a slice's events of a kind. */
  public TopicPartition partition(SliceId slice, Kind kind) {
    return new TopicPartition(
        EventRecords.topic(
            prefix, kind == Kind.STATIC ? slice.table().statics() : slice.table()),
        slice.slice());
  }

  /** All partitions of slices; those of static rows may not exist. */
  public List<TopicPartition> partitions(Collection<SliceId> slices) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (SliceId slice : slices) {
      for (Kind kind : Kind.values()) {
        partitions.add(partition(slice, kind));
      }
    }
    return partitions;
  }

  /** Of what kind a slice's events in a topic are, or nothing where it is none of its data topics. */
  public Optional<Kind> kind(SliceId slice, String topic) {
    for (Kind kind : Kind.values()) {
      if (partition(slice, kind).topic().equals(topic)) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }

  /**
   * Tells the watermarks where the partitions of slices end.
   *
   * @param ends the offsets of the last records, -1 where there is none; without the partitions that
   *     do not exist
   */
  public void ended(
      Collection<SliceId> slices, Map<TopicPartition, Long> ends, Watermarks watermarks) {
    for (SliceId slice : slices) {
      watermarks.ended(
          slice,
          ends.getOrDefault(partition(slice, Kind.ROW), -1L),
          ends.get(partition(slice, Kind.STATIC)));
    }
  }
}
