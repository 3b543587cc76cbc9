package io.messina.connect.jdbc.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

class HeldTest {

  private static final TopicPartition ONE = new TopicPartition("p.k.t", 0);
  private static final TopicPartition TWO = new TopicPartition("p.k.t", 1);

  private final Held held = new Held();

  /** As a router leaves it: another topic, and the one that it came from. */
  private static SinkRecord record(TopicPartition from, long offset) {
    return new SinkRecord(
        "t",
        from.partition(),
        null,
        null,
        null,
        null,
        offset,
        0L,
        TimestampType.CREATE_TIME,
        null,
        from.topic(),
        from.partition(),
        offset);
  }

  private static Map<TopicPartition, OffsetAndMetadata> offsets(long one, long two) {
    return Map.of(ONE, new OffsetAndMetadata(one), TWO, new OffsetAndMetadata(two));
  }

  /** Records of partitions that were taken away while they waited are not written any more. */
  @Test
  void whatWasTakenAwayIsNotWritten() {
    SinkRecord mine = record(ONE, 7);
    SinkRecord theirs = record(TWO, 7);
    List<SinkRecord> batch = List.of(mine, theirs);
    assertEquals(batch, held.ours(batch));
    held.failed(batch);
    held.close(List.of(TWO));
    assertEquals(List.of(mine), held.ours(batch));
    held.failed(held.ours(batch));
    assertEquals(List.of(mine), held.ours(batch), "tried once more");
    held.done(List.of(mine));
    SinkRecord again = record(TWO, 7);
    assertEquals(List.of(again), held.ours(List.of(again)), "given back, and read anew");
  }

  /** An offset is committed when what lies before it was written, whatever Connect has noted. */
  @Test
  void whatWasNotWrittenIsNotCommitted() {
    held.done(List.of(record(ONE, 9), record(TWO, 9)));
    assertEquals(offsets(10, 10), held.committable(offsets(10, 10), ""));
    held.failed(List.of(record(TWO, 10), record(TWO, 500)));
    assertEquals(offsets(10, 10), held.committable(offsets(10, 501), ""), "as far as it was written");
    held.close(List.of(ONE, TWO));
    held.done(List.of());
    Map<TopicPartition, OffsetAndMetadata> afterAnEmptyBatch = held.committable(offsets(10, 501), "");
    assertEquals(Map.of(ONE, new OffsetAndMetadata(10)), afterAnEmptyBatch);
    held.done(List.of(record(TWO, 10), record(TWO, 500)));
    assertEquals(offsets(10, 501), held.committable(offsets(10, 501), ""));
  }

  /** What a batch waits for stands beside its places, and none of them goes on for that. */
  @Test
  void theNoteOfAWaitMovesNothing() {
    held.done(List.of(record(ONE, 9)));
    SinkRecord mine = record(ONE, 10);
    SinkRecord first = record(TWO, 7);
    held.failed(List.of(mine, record(ONE, 11), first, record(TWO, 8)));
    assertEquals(
        Map.of(
            ONE, new OffsetAndMetadata(10, "waits"), TWO, new OffsetAndMetadata(5, "waits")),
        held.committable(offsets(10, 5), "waits"),
        "Connect's own place lies before the first record: markers may be between");
    assertEquals(
        Map.of(
            ONE, new OffsetAndMetadata(10, "waits"), TWO, new OffsetAndMetadata(7, "waits")),
        held.committable(offsets(12, 9), "waits"),
        "Connect's is too far on, given the partitions back");
    held.close(List.of(TWO));
    assertEquals(
        Map.of(ONE, new OffsetAndMetadata(10, "waits")),
        held.committable(offsets(10, 5), "waits"),
        "another task's now");
    held.done(held.ours(List.of(mine)));
    assertEquals(
        Map.of(ONE, new OffsetAndMetadata(11)),
        held.committable(Map.of(ONE, new OffsetAndMetadata(11)), ""));
  }

  /** All before a batch's first record of a partition was written, and no more than that. */
  @Test
  void aBatchBeginsWhereWhatWasWrittenEnds() {
    assertEquals(
        offsets(7, 3), Held.begin(List.of(record(ONE, 7), record(TWO, 3), record(ONE, 8))));
  }
}
