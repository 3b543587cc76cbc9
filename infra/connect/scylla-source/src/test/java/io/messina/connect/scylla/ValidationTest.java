package io.messina.connect.scylla;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigValue;
import org.junit.jupiter.api.Test;

class ValidationTest {

  private static final String SECRET = "correct-horse-battery";

  /** No server listens where this configuration looks for one. */
  private static Map<String, String> good() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Map<String, String> settings = new HashMap<>();
      settings.put("topic.prefix", "p");
      settings.put("scylla.contact.points", "127.0.0.1:" + socket.getLocalPort());
      settings.put("tables", "ops.flights,ops.legs");
      settings.put("slices", "3");
      return settings;
    }
  }

  private static Map<String, List<String>> errors(Map<String, String> settings) {
    Map<String, List<String>> errors = new TreeMap<>();
    for (ConfigValue value : new ScyllaSourceConnector().validate(settings).configValues()) {
      if (!value.errorMessages().isEmpty()) {
        errors.put(value.name(), value.errorMessages());
      }
    }
    return errors;
  }

  /** What is wrong with a configuration but that no database is there. */
  private static Map<String, List<String>> errorsWith(Map<String, String> more)
      throws IOException {
    Map<String, String> settings = good();
    settings.putAll(more);
    Map<String, List<String>> errors = errors(settings);
    List<String> unreachable = errors.getOrDefault("scylla.contact.points", List.of());
    if (unreachable.stream().allMatch(error -> error.contains("cannot be asked"))) {
      errors.remove("scylla.contact.points");
    }
    return errors;
  }

  private static void assertRefused(Map<String, String> more, String setting, String text)
      throws IOException {
    Map<String, List<String>> errors = errorsWith(more);
    assertEquals(List.of(setting), List.copyOf(errors.keySet()), errors.toString());
    assertTrue(errors.get(setting).toString().contains(text), errors.toString());
  }

  /** A misspelled setting of any group is told; what goes to the consumer may have any name. */
  @Test
  void misspelledSettingsAreTold() throws IOException {
    for (String name :
        List.of(
            "kafka.bootstrap.server", "safe.confidence", "window.s", "table.recreate",
            "read.threads", "max.row.size", "confidence.s")) {
      assertRefused(Map.of(name, "1"), name, "no such setting");
    }
    assertEquals(
        Map.of(),
        errorsWith(
            Map.of("kafka.bootstrap.servers", "127.0.0.1:1", "kafka.consumer.any.name", "1")));
  }

  /** Connect must not drop records that it can't convert. */
  @Test
  void toleranceIsRefused() throws IOException {
    assertRefused(Map.of("errors.tolerance", "all"), "errors.tolerance", "would be lost");
    assertEquals(Map.of(), errorsWith(Map.of("errors.tolerance", "none")));
  }

  /** Wrong values, broken rules, an unknown setting and an absent database are told in one go. */
  @Test
  void everyErrorIsTold() throws IOException {
    Map<String, String> settings = good();
    settings.put("slices", "0");
    settings.put("start", "yesterday");
    settings.put("safe.confidence.ms", "100");
    settings.put("columns.mask.hmac", "ops.flights.pilot,ops.crews.name");
    settings.put("scylla.passwrod", SECRET);
    Map<String, List<String>> errors = errors(settings);
    assertEquals(
        List.of(
            "columns.mask.hmac",
            "mask.key",
            "safe.confidence.ms",
            "scylla.contact.points",
            "scylla.passwrod",
            "slices",
            "start"),
        List.copyOf(errors.keySet()));
    assertTrue(errors.get("scylla.contact.points").toString().contains("Connection refused"));
  }

  /** What must be given and is not is told with all the rest. */
  @Test
  void missingSettingsAreTold() {
    assertEquals(
        List.of("scylla.contact.points", "slices", "tables", "topic.prefix", "watermarks.topic"),
        List.copyOf(errors(Map.of("watermarks.topic", "a b")).keySet()));
  }

  /** A rule is not held against settings one of which is wrong already. */
  @Test
  void wrongSettingsBreakNoRule() throws IOException {
    assertRefused(
        Map.of("confidence.ms", "soon", "safe.confidence.ms", "1"), "confidence.ms", "soon");
    assertRefused(Map.of("tables", "flights", "columns.exclude", "a.b.c"), "tables", "flights");
  }

  /** Each rule between settings has its message at the setting that is to be corrected. */
  @Test
  void rulesAreTold() throws IOException {
    assertRefused(Map.of("columns.exclude", "ops.crews.name"), "columns.exclude", "ops.crews");
    assertRefused(
        Map.of("columns.exclude", "ops.legs.a", "columns.mask.null", "ops.legs.a"),
        "columns.mask.null",
        "columns.exclude");
    assertRefused(
        Map.of("columns.mask.hmac", "ops.legs.a", "mask.key", "${directory:/run:key}"),
        "mask.key",
        "no config provider");
    assertRefused(Map.of("scylla.tls.ca.file", "/ca.pem"), "scylla.tls.ca.file", "scylla.tls");
    assertRefused(
        Map.of("scylla.tls", "true", "scylla.tls.key.file", "/k.pem"),
        "scylla.tls.certificate.file",
        "scylla.tls.key.file");
    assertRefused(Map.of("scylla.password", SECRET), "scylla.user", "password");
    assertRefused(Map.of("signals.topic", "p.gaps"), "signals.topic", "p.gaps");
    assertRefused(Map.of("watermarks.topic", "p.ops.legs"), "watermarks.topic", "p.ops.legs");
    assertRefused(Map.of("tasks.max", "7"), "slices", "6 slices");
    assertRefused(Map.of("task.slices", "ops.legs:0"), "task.slices", "leave it out");
    assertRefused(
        Map.of("kafka.consumer.max.poll.records", "5"), "kafka.bootstrap.servers", "is empty");
    assertRefused(
        Map.of("kafka.bootstrap.servers", "k:1", "kafka.consumer.isolation.level", "x"),
        "kafka.bootstrap.servers",
        "isolation.level");
  }

  /** A file of TLS that is not there is told at its own setting. */
  @Test
  void missingFilesAreTold() throws IOException {
    assertRefused(
        Map.of("scylla.tls", "true", "scylla.tls.ca.file", "/no/ca.pem"),
        "scylla.tls.ca.file",
        "does not exist");
  }

  /** As many tasks as slices are fine, and so are settings of Connect's own. */
  @Test
  void otherSettingsAreConnects() throws IOException {
    assertEquals(
        Map.of(),
        errorsWith(Map.of("tasks.max", "6", "transforms", "x", "name", "n", "offsets.topic", "o")));
  }

  /** No secret stands in a message, whatever else is wrong. */
  @Test
  void secretsAreNotTold() throws IOException {
    Map<String, String> settings = new HashMap<>();
    for (String name : SourceConfig.DEFINITION.names()) {
      settings.put(name, name.equals("scylla.contact.points") ? "127.0.0.1" : "?");
    }
    settings.put("scylla.password", SECRET);
    settings.put("mask.key", SECRET);
    settings.put("kafka.consumer.sasl.jaas.config", SECRET);
    settings.put("kafka.consumer.group.id", SECRET);
    assertTrue(!errors(settings).toString().contains(SECRET));
    settings.putAll(good());
    assertTrue(!errors(settings).toString().contains(SECRET));
  }
}
