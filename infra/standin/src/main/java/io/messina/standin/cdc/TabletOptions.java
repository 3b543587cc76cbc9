package io.messina.standin.cdc;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.cassandra.exceptions.ConfigurationException;

/**
 * The {@code tablets = {...}} of a keyspace.
 *
 * @param enabled whether its tables have tablets
 * @param initial how many a table has when it is made; 0 leaves it to the server
 */
public record TabletOptions(boolean enabled, int initial) {

  /** Reads the options as ScyllaDB does, and refuses what it refuses. */
  public static TabletOptions parse(Map<String, String> written) {
    Map<String, String> options = new LinkedHashMap<>(written);
    String enabled = options.remove("enabled");
    if ("false".equals(enabled)) {
      return new TabletOptions(false, 0);
    }
    if (enabled != null && !enabled.equals("true")) {
      throw new ConfigurationException(
          "Tablets enabled value must be true or false; found: " + enabled);
    }
    int initial = number(options.remove("initial"));
    if (!options.isEmpty()) {
      throw new ConfigurationException(
          "Unrecognized tablets option " + options.keySet().iterator().next());
    }
    return new TabletOptions(true, initial);
  }

  private static int number(String text) {
    try {
      return text == null ? 0 : Integer.parseUnsignedInt(text);
    } catch (NumberFormatException e) {
      throw new ConfigurationException(
          "Initial tablets value should be numeric; found " + text, e);
    }
  }
}
