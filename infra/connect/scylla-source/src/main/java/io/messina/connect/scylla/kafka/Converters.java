package io.messina.connect.scylla.kafka;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.storage.Converter;

/**
 * Converters such as Connect made for the task, from the connector's own settings: the schemas of
 * records that they were given the registry knows, and the task's converters only find them there.
 */
final class Converters implements Teller.Listener {

  private static final String KEY = "key.converter";
  private static final String VALUE = "value.converter";

  private final Converter key;
  private final Converter value;

  /** Converters of these settings; values of the settings may be secret. */
  Converters(Map<String, String> settings) {
    key = made(settings, KEY);
    value = made(settings, VALUE);
  }

  /**
   * Whether settings say how the task's records are converted: not where they leave it to the
   * worker, whose settings a task is not told, and not where transforms may change schemas before.
   */
  static boolean areKnown(Map<String, String> settings) {
    return settings.containsKey(KEY)
        && settings.containsKey(VALUE)
        && settings.getOrDefault("transforms", "").isBlank();
  }

  @Override
  public void tell(SourceRecord record) {
    tell(key, record.topic(), record.keySchema(), record.key());
    tell(value, record.topic(), record.valueSchema(), record.value());
  }

  private static void tell(Converter converter, String topic, Schema schema, Object value) {
    // a tombstone has no schema that anybody could be told
    if (schema != null && value != null) {
      // headers of its own: a converter may add to them
      converter.fromConnectData(topic, new RecordHeaders(), schema, value);
    }
  }

  @Override
  public void close() {
    Utils.closeQuietly(key, KEY);
    Utils.closeQuietly(value, VALUE);
  }

  /**
   * Found as Connect finds it: the loader of the task's thread knows the classes, and the short
   * names, of all plugins.
   */
  private static Converter made(Map<String, String> settings, String name) {
    Class<?> type = (Class<?>) ConfigDef.parseType(name, settings.get(name), ConfigDef.Type.CLASS);
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(type.getClassLoader());
    try {
      Converter converter = (Converter) type.getDeclaredConstructor().newInstance();
      converter.configure(own(settings, name + "."), name.equals(KEY));
      return converter;
    } catch (ReflectiveOperationException e) {
      throw new ConnectException(name + " can't be made", e);
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static Map<String, Object> own(Map<String, String> settings, String prefix) {
    Map<String, Object> own = new HashMap<>();
    settings.forEach(
        (name, value) -> {
          if (name.startsWith(prefix)) {
            own.put(name.substring(prefix.length()), value);
          }
        });
    return own;
  }
}
