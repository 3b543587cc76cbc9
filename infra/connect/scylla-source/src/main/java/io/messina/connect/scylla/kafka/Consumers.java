package io.messina.connect.scylla.kafka;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Makes consumers that see what was committed, belong to no group and create no topic. */
public final class Consumers implements Supplier<Consumer<byte[], byte[]>> {

  private static final int ANSWER_MS = 10_000;
  private static final int RECONNECT_MS = 5_000;
  private static final int RECORDS = 100;

  private final Map<String, Object> settings;

  /**
   * Consumers of a cluster.
   *
   * @param bootstrap its brokers, as {@code host:port,…}
   * @param more further settings: TLS, authentication
   * @param clientId what brokers call these consumers
   */
  public Consumers(String bootstrap, Map<String, Object> more, String clientId) {
    settings = new HashMap<>();
    settings.put(ConsumerConfig.CLIENT_ID_CONFIG, clientId);
    settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, ANSWER_MS);
    settings.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, ANSWER_MS);
    settings.put(ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, RECONNECT_MS);
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, RECORDS);
    settings.putAll(more);
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.remove(ConsumerConfig.GROUP_ID_CONFIG);
  }

  @Override
  public Consumer<byte[], byte[]> get() {
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** The settings of the consumers. */
  Map<String, Object> settings() {
    return Map.copyOf(settings);
  }
}
