package io.messina.connect.scylla.kafka;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class LastRecordsTest {

  private static final TopicPartition DATA = new TopicPartition("p.ops.flights", 0);
  private static final TopicPartition OTHER = new TopicPartition("p.ops.flights", 1);
  private static final TopicPartition MISSING = new TopicPartition("p.ops.flights__static", 0);
  private final FakeTopics topics = new FakeTopics();

  private Map<TopicPartition, Long> read(TopicPartition... partitions) {
    return LastRecords.read(topics.consumer(), List.of(partitions));
  }

  /** The last record counts, not the markers behind it. */
  @Test
  void markersAreNoRecords() {
    topics.partition(DATA, 0, 12, 3, 9);
    assertEquals(Map.of(DATA, 9L), read(DATA));
  }

  /** However many markers and aborted records lie behind it, the last record is found. */
  @Test
  void manyMarkersAreWalkedBackOver() {
    topics.partition(DATA, 0, 5_000, 3);
    topics.partition(OTHER, 0, 2, 0);
    assertEquals(Map.of(DATA, 3L, OTHER, 0L), read(DATA, OTHER));
  }

  /** A tombstone says nothing that the delete before it did not say: that one is the last. */
  @Test
  void tombstoneIsNotTheLast() {
    topics.partition(DATA, 0, 12, 3, 8);
    topics.tombstone(DATA, 9);
    assertEquals(Map.of(DATA, 8L), read(DATA));
  }

  /** A partition without records, or with markers only, or emptied by retention, has none. */
  @Test
  void emptyPartitionHasNone() {
    topics.partition(DATA, 0, 0);
    topics.partition(OTHER, 100, 140);
    assertEquals(Map.of(DATA, -1L, OTHER, -1L), read(DATA, OTHER));
  }

  /** What is no partition of a topic is left out. */
  @Test
  void missingTopicIsLeftOut() {
    topics.partition(DATA, 0, 1, 0);
    assertEquals(Map.of(DATA, 0L), read(DATA, MISSING));
    assertEquals(Map.of(), read(MISSING));
  }
}
