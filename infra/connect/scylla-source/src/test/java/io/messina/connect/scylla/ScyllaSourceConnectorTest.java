package io.messina.connect.scylla;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.cql.Tables;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.ConnectorTransactionBoundaries;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;
import org.junit.jupiter.api.Test;

class ScyllaSourceConnectorTest {

  private static final Map<String, String> SETTINGS =
      Map.of(
          "topic.prefix", "p",
          "scylla.contact.points", "127.0.0.1:9042,[::1]:9043",
          "tables", "ops.flights,ops.legs",
          "slices", "3");

  private static Map<String, String> with(String name, String value) {
    Map<String, String> settings = new HashMap<>(SETTINGS);
    settings.put(name, value);
    return settings;
  }

  /** Connect finds the connector by its service manifest, with its version. */
  @Test
  void manifestNamesTheConnector() {
    List<String> found =
        ServiceLoader.load(SourceConnector.class).stream().map(p -> p.type().getName()).toList();
    assertTrue(found.contains(ScyllaSourceConnector.class.getName()));
    assertEquals("0.1.0", new ScyllaSourceConnector().version());
  }

  /** Exactly-once and transactions of its own are supported. */
  @Test
  void exactlyOnceIsSupported() {
    ScyllaSourceConnector connector = new ScyllaSourceConnector();
    assertEquals(ExactlyOnceSupport.SUPPORTED, connector.exactlyOnceSupport(SETTINGS));
    assertEquals(
        ConnectorTransactionBoundaries.SUPPORTED,
        connector.canDefineTransactionBoundaries(SETTINGS));
  }

  /** Each task is told its slices. */
  @Test
  void tasksHaveTheirSlices() {
    ScyllaSourceConnector connector = new ScyllaSourceConnector();
    connector.start(SETTINGS);
    List<List<SliceId>> told =
        connector.taskConfigs(4).stream().map(task -> new SourceConfig(task).taskSlices()).toList();
    assertEquals(Assignment.of(new SourceConfig(SETTINGS).tables(), 3, 4), told);
  }

  /** Offsets that a task could have written are accepted, and null, which clears one. */
  @Test
  void goodOffsetsAreAccepted() {
    Map<Map<String, ?>, Map<String, ?>> offsets = new HashMap<>();
    offsets.put(new SliceId(Tables.ID, 2).toMap(), SliceOffset.startingAt(5).toMap());
    offsets.put(new SliceId(Tables.ID, 99).toMap(), null);
    assertTrue(new ScyllaSourceConnector().alterOffsets(SETTINGS, offsets));
  }

  /** A connector whose secret is gone can't run, but its offsets can be cleared. */
  @Test
  void offsetsOutliveASecret() {
    Map<String, String> settings = new HashMap<>(SETTINGS);
    settings.put("columns.mask.hmac", Tables.ID + ".a");
    settings.put("mask.key", "${directory:/run:gone}");
    Map<Map<String, ?>, Map<String, ?>> offsets = new HashMap<>();
    offsets.put(new SliceId(Tables.ID, 2).toMap(), null);
    assertTrue(new ScyllaSourceConnector().alterOffsets(settings, offsets));
    assertThrows(ConfigException.class, () -> new SourceConfig(settings));
  }

  /** Offsets of a slice that is not there, or with a time that is none, are refused. */
  @Test
  void wrongOffsetsAreRefused() {
    ScyllaSourceConnector connector = new ScyllaSourceConnector();
    Map<String, Object> offset = SliceOffset.startingAt(5).toMap();
    assertThrows(
        ConnectException.class,
        () -> connector.alterOffsets(SETTINGS, Map.of(new SliceId(Tables.ID, 3).toMap(), offset)));
    assertThrows(
        ConnectException.class,
        () -> connector.alterOffsets(SETTINGS, Map.of(Map.of("table", "flights"), offset)));
    assertThrows(
        ConnectException.class,
        () ->
            connector.alterOffsets(
                SETTINGS, Map.of(new SliceId(Tables.ID, 0).toMap(), Map.of("fast_until", 5))));
  }

  /** A wrong setting is refused by name. */
  @Test
  void wrongSettingsAreRefused() {
    Map<String, String> wrong =
        Map.of(
            "slices", "0",
            "tables", "flights",
            "scylla.contact.points", "localhost",
            "start", "yesterday",
            "scylla.consistency", "MOST",
            "topic.prefix", "a b",
            "safe.confidence.ms", "100");
    wrong.forEach(
        (name, value) -> {
          ConfigException refusal =
              assertThrows(ConfigException.class, () -> new SourceConfig(with(name, value)));
          assertTrue(refusal.getMessage().contains(name), refusal.getMessage());
        });
  }

  /** The settings mean what they say. */
  @Test
  void settingsAreRead() {
    SourceConfig config = new SourceConfig(with("start", "2026-11-23T06:38:57.532297Z"));
    assertEquals(
        List.of(9042, 9043), config.contactPoints().stream().map(a -> a.getPort()).toList());
    assertEquals(1_795_415_937_532_297L, config.start().getAsLong());
    assertEquals("p.watermarks", config.watermarksTopic());
    assertEquals(300_000, config.windowMicros());
    assertTrue(new SourceConfig(SETTINGS).start().isEmpty());
  }
}
