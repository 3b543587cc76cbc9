package io.messina.connect.scylla;

import io.messina.connect.scylla.cql.ColumnId;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.offset.Micros;
import java.net.InetSocketAddress;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;

/** What a setting's value must look like, each setting for itself. */
final class Values {

  static final int LONGEST_TOPIC = 249;

  private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9._-]{1," + LONGEST_TOPIC + "}");
  private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._-]{1,120}");
  private static final Pattern URL = Pattern.compile("https?://[^\\s/?#]+\\S*");
  private static final int HIGHEST_PORT = 65_535;

  private Values() {}

  static void prefix(String name, Object value) {
    if (value != null && !PREFIX.matcher((String) value).matches()) {
      throw new ConfigException(
          name, value, "expected at most 120 of a topic name's letters, digits, '.', '_' and '-'");
    }
  }

  static void topic(String name, Object value) {
    String topic = (String) value;
    if (topic != null && !topic.isEmpty() && !isTopic(topic)) {
      throw new ConfigException(
          name, value, "expected a topic's name: letters, digits, '.', '_' and '-', 249 at most");
    }
  }

  static boolean isTopic(String name) {
    return TOPIC.matcher(name).matches() && !name.equals(".") && !name.equals("..");
  }

  static void contactPoints(String name, Object value) {
    atLeastOne(name, value);
    each(name, value, Values::address);
  }

  static void optionalHosts(String name, Object value) {
    each(name, value, Values::address);
  }

  static void tables(String name, Object value) {
    atLeastOne(name, value);
    each(name, value, TableId::parse);
    once(name, value);
  }

  static void columns(String name, Object value) {
    each(name, value, ColumnId::parse);
    once(name, value);
  }

  static void optionalUrl(String name, Object value) {
    String text = (String) value;
    if (!text.isEmpty() && !URL.matcher(text).matches()) {
      throw new ConfigException(name, value, "expected http://HOST…, https://HOST… or nothing");
    }
  }

  static void start(String name, Object value) {
    try {
      if (!Settings.NOW.equals(value)) {
        Micros.parse((String) value);
      }
    } catch (DateTimeParseException e) {
      throw new ConfigException(
          name, value, "expected now, or a time such as 2026-11-23T06:00:00Z");
    }
  }

  /** Reads {@code host:port}; an IPv6 address stands in brackets. */
  static InetSocketAddress address(String text) {
    int colon = text.lastIndexOf(':');
    String host = text.substring(0, Math.max(colon, 0)).replaceAll("^\\[|]$", "");
    int port = port(text.substring(colon + 1));
    if (host.isEmpty() || port < 1 || port > HIGHEST_PORT) {
      throw new IllegalArgumentException("expected host:port, got '" + text + "'");
    }
    return new InetSocketAddress(host, port);
  }

  private static int port(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static void atLeastOne(String name, Object value) {
    if (value == null || ((List<?>) value).isEmpty()) {
      throw new ConfigException(name, value, "must not be empty");
    }
  }

  private static void each(String name, Object value, Consumer<String> check) {
    for (Object item : (List<?>) value) {
      try {
        check.accept((String) item);
      } catch (IllegalArgumentException e) {
        throw new ConfigException(name, value, e.getMessage());
      }
    }
  }

  private static void once(String name, Object value) {
    List<?> items = (List<?>) value;
    List<?> twice = items.stream().filter(item -> count(items, item) > 1).distinct().toList();
    if (!twice.isEmpty()) {
      throw new ConfigException(name, value, "named twice: " + twice);
    }
  }

  private static long count(List<?> items, Object item) {
    return items.stream().filter(item::equals).count();
  }
}
