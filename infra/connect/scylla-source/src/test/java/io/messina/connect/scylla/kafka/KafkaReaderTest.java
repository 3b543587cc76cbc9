package io.messina.connect.scylla.kafka;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KafkaReaderTest {

  private static final TopicPartition SIGNALS = new TopicPartition("p.signals", 0);
  private static final TopicPartition DATA = new TopicPartition("p.ops.flights", 0);
  private final FakeTopics topics = new FakeTopics();
  private final CompletableFuture<Map<TopicPartition, Long>> ends = new CompletableFuture<>();
  private final List<KafkaReader> readers = new ArrayList<>();

  private KafkaReader started(Supplier<Consumer<byte[], byte[]>> consumers, Long... untils) {
    Collection<Long> from = List.of(untils);
    KafkaReader reader =
        new KafkaReader(consumers, List.of(DATA), ends::complete, "p.signals", from);
    readers.add(reader);
    reader.start();
    return reader;
  }

  @AfterEach
  void close() {
    readers.forEach(KafkaReader::close);
  }

  private static void until(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "not within ten seconds");
      Thread.sleep(1);
    }
  }

  private static SignalLog.Entry next(KafkaReader reader) throws InterruptedException {
    until(() -> reader.peek() != null);
    SignalLog.Entry entry = reader.peek();
    reader.next();
    return entry;
  }

  /** Signals are read from the least offset that a slice has not answered, as they come. */
  @Test
  void signalsAreReadFromTheLeastOffset() throws Exception {
    topics.partition(DATA, 0, 6, 4);
    topics.partition(SIGNALS, 0, 5, 0, 1, 2, 3, 4);
    KafkaReader reader = started(topics::consumer, 4L, 3L);
    assertEquals(3, next(reader).offset());
    assertEquals(4, next(reader).offset());
    assertEquals(Optional.of(new SignalLog.Bounds(0, 5)), reader.bounds());
    assertEquals(Map.of(DATA, 4L), ends.get(1, TimeUnit.SECONDS));
    assertNull(reader.peek());
    topics.add(SIGNALS, 5);
    assertArrayEquals("value 5".getBytes(), next(reader).value());
  }

  /** Of a topic that ends before what was answered, everything is read: it was made anew. */
  @Test
  void newTopicIsReadFromItsStart() throws Exception {
    topics.partition(DATA, 0, 0);
    topics.partition(SIGNALS, 0, 2, 0, 1);
    assertEquals(0, next(started(topics::consumer, 100L)).offset());
  }

  /** While Kafka does not answer it is tried again; then nothing is missing. */
  @Test
  void failuresAreTriedAgain() throws Exception {
    topics.partition(DATA, 0, 0);
    topics.partition(SIGNALS, 0, 1, 0);
    AtomicInteger attempts = new AtomicInteger();
    KafkaReader reader =
        started(
            () -> {
              if (attempts.incrementAndGet() < 3) {
                throw new KafkaException("no broker");
              }
              return topics.consumer();
            },
            0L);
    assertEquals(0, next(reader).offset());
    assertEquals(3, attempts.get());
  }

  /** A topic that does not exist yet is waited for, while where the data ends is known. */
  @Test
  void missingTopicIsWaitedFor() throws Exception {
    topics.partition(DATA, 0, 3, 2);
    KafkaReader reader = started(topics::consumer, 0L);
    assertEquals(Map.of(DATA, 2L), ends.get(10, TimeUnit.SECONDS));
    assertEquals(Optional.empty(), reader.bounds());
    topics.partition(SIGNALS, 0, 1, 0);
    assertEquals(0, next(reader).offset());
  }

  /** It ends at once when it is closed, wherever it is. */
  @Test
  void closeEndsIt() throws Exception {
    topics.partition(DATA, 0, 0);
    topics.partition(SIGNALS, 0, 0);
    KafkaReader following = started(topics::consumer, 0L);
    until(() -> following.bounds().isPresent());
    KafkaReader waiting =
        started(
            () -> {
              throw new KafkaException("no broker");
            },
            0L);
    for (KafkaReader reader : List.of(following, waiting)) {
      reader.close();
      reader.join(2_000);
      assertTrue(reader.hasEnded());
    }
  }

  /** It stops reading while nobody takes what it read. */
  @Test
  void readingWaitsForTheTaker() throws Exception {
    topics.partition(DATA, 0, 0);
    topics.partition(SIGNALS, 0, 0);
    for (int offset = 0; offset < 500; offset++) {
      topics.add(SIGNALS, offset);
    }
    KafkaReader reader = started(topics::consumer, 0L);
    for (int offset = 0; offset < 500; offset++) {
      assertEquals(offset, next(reader).offset());
    }
  }

  /** What was given for the consumer is used, but for what the task relies on. */
  @Test
  void settingsPassThrough() {
    Consumers consumers =
        new Consumers(
            "a:1,b:2",
            Map.of(
                "security.protocol", "SSL",
                "isolation.level", "read_uncommitted",
                "group.id", "mine",
                "default.api.timeout.ms", "1234"),
            "me");
    Map<String, Object> settings = consumers.settings();
    assertEquals("a:1,b:2", settings.get("bootstrap.servers"));
    assertEquals("SSL", settings.get("security.protocol"));
    assertEquals("1234", settings.get("default.api.timeout.ms"));
    assertEquals("read_committed", settings.get("isolation.level"));
    assertNull(settings.get("group.id"));
  }

  /** Why a consumer cannot be made stands in its cause only, and is said. */
  @Test
  void causeIsSaid() {
    assertEquals(
        "org.apache.kafka.common.KafkaException: no consumer: no such file",
        KafkaReader.reason(
            new org.apache.kafka.common.KafkaException(
                "no consumer", new IllegalArgumentException("no such file"))));
    assertEquals(
        "java.lang.IllegalStateException: closed",
        KafkaReader.reason(new IllegalStateException("closed")));
  }
}
