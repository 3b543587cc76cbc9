package io.messina.connect.scylla.kafka;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.storage.Converter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConvertersTest {

  private static final Map<String, String> SETTINGS =
      Map.of(
          "key.converter", Noting.class.getName(),
          "key.converter.url", "k",
          "value.converter", Noting.class.getName(),
          "value.converter.url", "v",
          "value.converter.registry.user", "u",
          "registry.url", "http://…");

  @BeforeEach
  void nothingYet() {
    Noting.SEEN.clear();
  }

  private static SourceRecord record(Schema key, Object id, Schema value, Object row) {
    return new SourceRecord(Map.of(), Map.of(), "t", 0, key, id, value, row);
  }

  /** Key and value have a converter each, with the settings that begin with its name. */
  @Test
  void settingsAreTheConvertersOwn() {
    try (Converters converters = new Converters(SETTINGS)) {
      converters.tell(record(Schema.INT32_SCHEMA, 1, Schema.STRING_SCHEMA, "a"));
    }
    assertEquals(
        List.of(
            "key {url=k}",
            "value {registry.user=u, url=v}",
            "key t INT32 1",
            "value t STRING a",
            "key closed",
            "value closed"),
        Noting.SEEN);
  }

  /** A key without a schema, a tombstone and a value of null tell a registry nothing. */
  @Test
  void whatHasNoSchemaTellsNothing() {
    Converters converters = new Converters(SETTINGS);
    Noting.SEEN.clear();
    converters.tell(record(null, "k", null, null));
    converters.tell(record(null, null, Schema.OPTIONAL_STRING_SCHEMA, null));
    converters.tell(record(Schema.INT32_SCHEMA, 1, null, null));
    assertEquals(List.of("key t INT32 1"), Noting.SEEN);
  }

  /** What a converter says is said on. */
  @Test
  void failuresComeThrough() {
    Converters converters = new Converters(SETTINGS);
    SourceRecord record = record(null, null, Schema.STRING_SCHEMA, "refuse");
    assertThrows(IllegalStateException.class, () -> converters.tell(record));
  }

  /** A plugin that only the thread's loader knows, by a short name, is found as Connect does. */
  @Test
  void theThreadsLoaderFindsPlugins() {
    Map<String, String> settings = new HashMap<>(SETTINGS);
    settings.put("key.converter", "Noting");
    assertThrows(ConfigException.class, () -> new Converters(settings));
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    ClassLoader plugins = new Plugins(before);
    thread.setContextClassLoader(plugins);
    try (Converters converters = new Converters(settings)) {
      converters.tell(record(Schema.INT32_SCHEMA, 1, null, null));
      assertSame(plugins, thread.getContextClassLoader());
    } finally {
      thread.setContextClassLoader(before);
    }
    assertTrue(Noting.SEEN.contains("key t INT32 1"), Noting.SEEN.toString());
  }

  /** Where the worker's converters serve, or transforms come first, it is not known. */
  @Test
  void convertersMayBeUnknown() {
    assertTrue(Converters.areKnown(SETTINGS));
    assertFalse(Converters.areKnown(Map.of("value.converter", Noting.class.getName())));
    Map<String, String> transformed = new HashMap<>(SETTINGS);
    transformed.put("transforms", "route");
    assertFalse(Converters.areKnown(transformed));
    transformed.put("transforms", "");
    assertTrue(Converters.areKnown(transformed));
  }

  private static final class Plugins extends ClassLoader {
    Plugins(ClassLoader parent) {
      super(parent);
    }

    @Override
    public Class<?> loadClass(String name) throws ClassNotFoundException {
      return super.loadClass(name.equals("Noting") ? Noting.class.getName() : name);
    }
  }

  /** Writes down what it is given. */
  public static final class Noting implements Converter {
    private static final List<String> SEEN = new ArrayList<>();
    private String part;

    @Override
    public void configure(Map<String, ?> settings, boolean isKey) {
      part = isKey ? "key" : "value";
      SEEN.add(part + " " + new java.util.TreeMap<>(settings));
    }

    @Override
    public byte[] fromConnectData(String topic, Schema schema, Object value) {
      if (value.equals("refuse")) {
        throw new IllegalStateException("refused");
      }
      SEEN.add(part + " " + topic + " " + schema.type() + " " + value);
      return new byte[0];
    }

    @Override
    public byte[] fromConnectData(String topic, Headers headers, Schema schema, Object value) {
      headers.add("schema", new byte[0]);
      return fromConnectData(topic, schema, value);
    }

    @Override
    public SchemaAndValue toConnectData(String topic, byte[] value) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
      SEEN.add(part + " closed");
    }
  }
}
