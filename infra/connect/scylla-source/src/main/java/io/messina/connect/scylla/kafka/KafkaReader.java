package io.messina.connect.scylla.kafka;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a task reads from Kafka, in a thread of its own: first where its data partitions end, then
 * the signals as they come.
 *
 * <p>Nothing that Kafka does ends the task: what fails is tried again for as long as the task
 * lives.
 */
public final class KafkaReader implements SignalLog, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(KafkaReader.class);
  private static final int WAITING = 64;
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration CLOSE = Duration.ofMillis(500);

  /** Is told where data partitions end. */
  public interface Ends {
    /**
     * Takes the offset of each partition's last committed record, -1 where it has none; partitions
     * that do not exist are left out.
     */
    void found(Map<TopicPartition, Long> lastRecords);
  }

  private final Supplier<Consumer<byte[], byte[]>> consumers;
  private final Collection<TopicPartition> data;
  private final Ends ends;
  private final TopicPartition signals;
  private final Collection<Long> untils;
  private final BlockingQueue<Entry> entries = new ArrayBlockingQueue<>(WAITING);
  private final Patience patience;
  private final Thread thread;
  private volatile Bounds bounds;
  private volatile Consumer<byte[], byte[]> consumer;
  private volatile boolean stopped;
  private boolean endsFound;
  private long next;

  /**
   * A reader that begins once it is started.
   *
   * @param data the partitions that the task writes to, and is to know the end of
   * @param ends is told of them, in the reader's thread
   * @param signalsTopic the topic of the signals; its partition 0 is read
   * @param untils for each slice the next offset to serve: reading begins at the least of them
   */
  public KafkaReader(
      Supplier<Consumer<byte[], byte[]>> consumers,
      Collection<TopicPartition> data,
      Ends ends,
      String signalsTopic,
      Collection<Long> untils) {
    this.consumers = consumers;
    this.data = List.copyOf(data);
    this.ends = ends;
    this.signals = new TopicPartition(signalsTopic, 0);
    this.untils = List.copyOf(untils);
    this.patience = new Patience("Reading signals from " + signalsTopic);
    this.thread = new Thread(this::run, "messina-signals-" + signalsTopic);
    this.thread.setDaemon(true);
  }

  /** Starts it. */
  public void start() {
    thread.start();
  }

  @Override
  public Optional<Bounds> bounds() {
    return Optional.ofNullable(bounds);
  }

  @Override
  public Entry peek() {
    return entries.peek();
  }

  @Override
  public void next() {
    entries.remove();
  }

  /** Ends it, without waiting for the end. */
  @Override
  public void close() {
    stopped = true;
    Consumer<byte[], byte[]> open = consumer;
    if (open != null) {
      open.wakeup();
    }
    thread.interrupt();
  }

  /** Waits for its end. */
  void join(long millis) throws InterruptedException {
    thread.join(millis);
  }

  /** Whether it has ended. */
  boolean hasEnded() {
    return !thread.isAlive();
  }

  private void run() {
    try {
      while (!stopped) {
        attempt();
      }
    } catch (InterruptedException | InterruptException | WakeupException e) {
      LOG.debug("Stopped");
    } catch (Error e) {
      LOG.error("No signals are served any more before the task's restart", e);
      throw e;
    }
  }

  private void attempt() throws InterruptedException {
    String reason;
    try {
      consumer = consumers.get();
      if (!endsFound) {
        ends.found(LastRecords.read(consumer, data));
        endsFound = true;
      }
      follow();
      return;
    } catch (InterruptException | WakeupException e) {
      throw e;
    } catch (MissingTopicException e) {
      reason = e.getMessage();
    } catch (RuntimeException e) {
      reason = reason(e);
    } finally {
      close(consumer);
      consumer = null;
    }
    patience.failed(reason);
  }

  /** A consumer that cannot be made says why only in its cause. */
  static String reason(RuntimeException e) {
    return e.getCause() == null ? e.toString() : e + ": " + e.getCause().getMessage();
  }

  private void follow() throws InterruptedException {
    List<TopicPartition> one = List.of(signals);
    if (consumer.partitionsFor(signals.topic()).isEmpty()) {
      throw new MissingTopicException(signals.topic());
    }
    consumer.assign(one);
    if (bounds == null) {
      Bounds found =
          new Bounds(
              consumer.beginningOffsets(one).get(signals), consumer.endOffsets(one).get(signals));
      next = untils.stream().mapToLong(found::within).min().orElse(found.end());
      bounds = found;
    }
    consumer.seek(signals, next);
    patience.succeeded();
    while (!stopped) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        entries.put(new Entry(record.offset(), record.value()));
        next = record.offset() + 1;
      }
    }
  }

  private static void close(Consumer<byte[], byte[]> open) {
    if (open != null) {
      // An interrupt would make it throw before it has closed its connections.
      boolean interrupted = Thread.interrupted();
      try {
        open.close(CloseOptions.timeout(CLOSE));
      } catch (RuntimeException e) {
        LOG.debug("Closing a consumer failed", e);
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static final class MissingTopicException extends RuntimeException {
    private static final long serialVersionUID = 1;

    MissingTopicException(String topic) {
      super("there is no topic " + topic);
    }
  }
}
