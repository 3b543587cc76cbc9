package io.messina.connect.scylla;

import io.messina.connect.scylla.cql.ColumnId;
import io.messina.connect.scylla.cql.TableId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The rules that join several settings. */
final class Rules {

  /** Settings of the consumer that the connector needs as it sets them itself. */
  private static final Set<String> OWN_CONSUMER =
      Set.of(
          "bootstrap.servers",
          "group.id",
          "isolation.level",
          "enable.auto.commit",
          "auto.offset.reset",
          "key.deserializer",
          "value.deserializer");

  /** What Connect leaves where none of its config providers knows a secret. */
  private static final Pattern UNRESOLVED = Pattern.compile("\\$\\{[^{}:]+:[^{}]*}");

  private final SourceConfig config;
  private final List<Broken> broken = new ArrayList<>();

  private Rules(SourceConfig config) {
    this.config = config;
  }

  /**
   * A rule that is not kept.
   *
   * @param setting where it is told
   * @param others the other settings that the rule joins
   * @param message what is wrong, and what to do
   */
  record Broken(String setting, Set<String> others, String message) {
    @Override
    public String toString() {
      return setting + ": " + message;
    }
  }

  /** All rules that are not kept. */
  static List<Broken> broken(SourceConfig config) {
    Rules rules = new Rules(config);
    rules.times();
    rules.credentials();
    rules.columns();
    rules.topics();
    rules.consumer();
    return List.copyOf(rules.broken);
  }

  private void times() {
    if (config.safeConfidenceMicros() < config.confidenceMicros()) {
      told(
          Settings.SAFE_CONFIDENCE,
          Set.of(Settings.CONFIDENCE),
          "must not be less than " + Settings.CONFIDENCE + ": the second look follows the first");
    }
  }

  private void credentials() {
    if (config.user().isEmpty() && !config.password().isEmpty()) {
      told(Settings.USER, Set.of(Settings.PASSWORD), "is empty, though there is a password");
    }
    for (String file : List.of(Settings.TLS_CA, Settings.TLS_CERTIFICATE, Settings.TLS_KEY)) {
      if (!config.tls() && !config.getString(file).isEmpty()) {
        told(
            file,
            Set.of(Settings.TLS),
            "has no effect, as " + Settings.TLS + " is false; set it to true, or leave this out");
      }
    }
    if (config.tlsCertificateFile().isPresent() != config.tlsKeyFile().isPresent()) {
      boolean key = config.tlsKeyFile().isPresent();
      String missing = key ? Settings.TLS_CERTIFICATE : Settings.TLS_KEY;
      String given = key ? Settings.TLS_KEY : Settings.TLS_CERTIFICATE;
      told(missing, Set.of(given), "is missing: it goes with " + given);
    }
  }

  private void columns() {
    Map<ColumnId, String> seen = new HashMap<>();
    for (String setting :
        List.of(Settings.INCLUDE, Settings.EXCLUDE, Settings.MASK_HMAC, Settings.MASK_NULL)) {
      for (String text : config.getList(setting)) {
        ColumnId column = ColumnId.parse(text);
        if (!config.tables().contains(column.table())) {
          told(
              setting,
              Set.of(Settings.TABLES),
              column + ": the table " + column.table() + " is not among " + Settings.TABLES);
        }
        // what is included may be masked; what is excluded may be neither
        boolean named = setting.equals(Settings.INCLUDE);
        String other = named ? null : seen.putIfAbsent(column, setting);
        if (other != null) {
          told(setting, Set.of(other), column + " stands in " + other + " as well; choose one");
        }
      }
    }
    if (UNRESOLVED.matcher(config.maskKey()).matches()) {
      told(
          Settings.MASK_KEY,
          Set.of(),
          "is a reference that no config provider of this worker resolves: the hashes would be made"
              + " with its text; make the secret readable for the workers");
    }
    if (!config.hmacColumns().isEmpty() && config.maskKey().isEmpty()) {
      told(
          Settings.MASK_KEY,
          Set.of(Settings.MASK_HMAC),
          "is missing: the hashes of " + Settings.MASK_HMAC + " need a key");
    }
  }

  private void topics() {
    Map<String, String> used = new HashMap<>();
    for (TableId table : config.tables()) {
      for (String suffix : List.of("", "__static")) {
        String topic = config.topicPrefix() + "." + table + suffix;
        if (!Values.isTopic(topic)) {
          told(
              Settings.TABLES,
              Set.of(Settings.TOPIC_PREFIX),
              "the topic " + topic + " would have a name that Kafka refuses");
        }
        unique(used, topic, Settings.TABLES, "of " + table);
      }
    }
    unique(used, config.watermarksTopic(), Settings.WATERMARKS_TOPIC, "of the watermarks");
    unique(used, config.gapsTopic(), Settings.GAPS_TOPIC, "of the gaps");
    unique(used, config.signalsTopic(), Settings.SIGNALS_TOPIC, "of the signals");
    unique(used, config.signalsDoneTopic(), Settings.SIGNALS_DONE_TOPIC, "of the answers");
  }

  private void unique(Map<String, String> used, String topic, String setting, String what) {
    String other = used.putIfAbsent(topic, what);
    if (other != null) {
      told(
          setting,
          Set.of(Settings.TOPIC_PREFIX, Settings.TABLES),
          "the topic " + topic + " " + what + " is also that " + other);
    }
  }

  private void consumer() {
    Collection<String> given = new TreeSet<>(config.kafkaConsumer().keySet());
    if (!given.isEmpty() && !config.hasKafka()) {
      told(
          Settings.KAFKA_BOOTSTRAP,
          Set.of(),
          "is empty, so " + Settings.KAFKA_CONSUMER + given + " have no effect");
    }
    given.retainAll(OWN_CONSUMER);
    if (!given.isEmpty()) {
      told(
          Settings.KAFKA_BOOTSTRAP,
          Set.of(),
          Settings.KAFKA_CONSUMER + given + " are the connector's own; leave them out");
    }
  }

  private void told(String setting, Set<String> others, String message) {
    broken.add(new Broken(setting, others, message));
  }
}
