package io.messina.connect.jdbc.sink;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands rejected records to Connect's dead letters (KIP-610), as they came, with the reason in
 * headers.
 *
 * <p>A record that is tried again because something else of its batch failed is told once.
 */
final class DeadLetters {

  static final String PREFIX = "messina.error.";
  static final String CORRELATION = "messina.correlation_id";

  private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);

  private final ErrantRecordReporter reporter;
  private final Map<TopicPartition, Set<Long>> told = new HashMap<>();

  /**
   * Dead letters.
   *
   * @param reporter Connect's, or null where it has none
   */
  DeadLetters(ErrantRecordReporter reporter) {
    this.reporter = reporter;
  }

  /**
   * Reports a record.
   *
   * @param raw as it came: bytes
   * @throws ConnectException if there is nowhere to report it
   */
  void report(SinkRecord raw, Failure failure) {
    TopicPartition place =
        new TopicPartition(raw.originalTopic(), raw.originalKafkaPartition());
    Set<Long> offsets = told.computeIfAbsent(place, each -> new HashSet<>());
    if (offsets.contains(raw.originalKafkaOffset())) {
      return;
    }
    String where = place + ", offset " + raw.originalKafkaOffset();
    if (reporter == null) {
      throw new ConnectException(
          "The record at "
              + where
              + " is rejected, and there are no dead letters to take it: "
              + failure
              + ". It stays in its topic. Set errors.tolerance=all and"
              + " errors.deadletterqueue.topic.name.");
    }
    LOG.warn("To the dead letters: {}: {}", where, failure);
    Future<Void> done =
        reporter.report(withHeaders(raw, failure), new ConnectException(failure.toString()));
    try {
      // Connect awaits it before it commits offsets; here so that a failure is told now.
      done.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConnectException("Interrupted while a dead letter was written", e);
    } catch (java.util.concurrent.ExecutionException e) {
      throw new ConnectException("The record at " + where + " could not be written to the dead letters", e);
    }
    offsets.add(raw.originalKafkaOffset());
  }

  /** Forgets what was told: the batch is done, or its partitions are another task's now. */
  void forget() {
    told.clear();
  }

  /** The record with its own topic, and why it is here. */
  static SinkRecord withHeaders(SinkRecord raw, Failure failure) {
    ConnectHeaders headers = new ConnectHeaders(raw.headers());
    add(headers, "topic", raw.originalTopic());
    add(headers, "partition", raw.originalKafkaPartition());
    add(headers, "offset", raw.originalKafkaOffset());
    add(headers, "sqlstate", failure.sqlState());
    add(headers, "constraint", failure.constraint());
    add(headers, "column", failure.column());
    add(headers, "table", failure.table());
    add(headers, "message", failure.message());
    return new SinkRecord(
        raw.originalTopic(),
        raw.originalKafkaPartition(),
        raw.keySchema(),
        raw.key(),
        raw.valueSchema(),
        raw.value(),
        raw.originalKafkaOffset(),
        raw.timestamp(),
        raw.timestampType(),
        headers);
  }

  private static void add(ConnectHeaders headers, String name, Object value) {
    if (value != null) {
      headers.addString(PREFIX + name, value.toString());
    }
  }
}
