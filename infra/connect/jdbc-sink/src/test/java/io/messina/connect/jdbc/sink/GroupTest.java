package io.messina.connect.jdbc.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.junit.jupiter.api.Test;

class GroupTest {

  private static final TopicPartition ONE = new TopicPartition("p.k.t", 0);

  /** A consumer whose group answers as a test wants. */
  private static final class Asked extends MockConsumer<byte[], byte[]> {

    private final KafkaException answer;
    private boolean woken;

    Asked(KafkaException answer) {
      super("earliest");
      this.answer = answer;
      assign(List.of(ONE));
    }

    @Override
    public synchronized void commitSync(
        Map<TopicPartition, OffsetAndMetadata> offsets, Duration timeout) {
      assertTrue(timeout.compareTo(Pulse.STILL) < 0, "it is left before a claim would be late");
      if (answer != null) {
        throw answer;
      }
      super.commitSync(offsets, timeout);
    }

    @Override
    public synchronized void wakeup() {
      woken = true;
    }
  }

  private static final Map<TopicPartition, OffsetAndMetadata> SEVEN =
      Map.of(ONE, new OffsetAndMetadata(7));

  /** A group that takes a commit has the task in it. Where nothing was committed yet it is told
   * where the batch begins; else what it knows, with its note. */
  @Test
  void whoMayCommitIsInIt() {
    Asked consumer = new Asked(null);
    new Group(consumer).ask(SEVEN);
    assertEquals(SEVEN, consumer.committed(Set.of(ONE)));
    Map<TopicPartition, OffsetAndMetadata> noted = Map.of(ONE, new OffsetAndMetadata(5, "waits"));
    consumer.commitSync(noted);
    new Group(consumer).ask(SEVEN);
    assertEquals(noted, consumer.committed(Set.of(ONE)));
  }

  /** One that refuses, or does not answer, says nothing: the batch waits. */
  @Test
  void whoeverElseWaits() {
    for (KafkaException answer :
        List.of(new CommitFailedException(), new TimeoutException("nobody answers"))) {
      Group group = new Group(new Asked(answer));
      assertThrows(Group.Silent.class, () -> group.ask(SEVEN));
    }
  }

  /** Connect wakes its consumer to pause or stop a task: it hears that at its next poll. */
  @Test
  void whatConnectSaysIsNotLost() {
    Asked consumer = new Asked(new WakeupException());
    assertThrows(Group.Silent.class, () -> new Group(consumer).ask(SEVEN));
    assertTrue(consumer.woken);
  }
}
