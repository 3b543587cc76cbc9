package io.messina.standin.cdc;

import java.math.BigInteger;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.cassandra.exceptions.ConfigurationException;

/**
 * The CDC options of one table, with ScyllaDB's names, defaults and refusals.
 *
 * @param enabled whether changes are logged; null where the statement did not say
 * @param preimage how much of the row before a change is logged
 * @param postimage whether the row after a change is logged
 * @param keysOnly whether deltas have the key columns only ({@code 'delta': 'keys'})
 * @param ttl seconds after which log rows expire; 0 means never
 */
public record CdcOptions(
    Boolean enabled, ImageMode preimage, boolean postimage, boolean keysOnly, int ttl) {

  private static final int DEFAULT_TTL = 86_400;
  private static final BigInteger MAX_TTL = BigInteger.valueOf(Integer.MAX_VALUE);

  /** Whether changes are logged. */
  public boolean isEnabled() {
    return Boolean.TRUE.equals(enabled);
  }

  /** Reads the options as they were written in a statement. */
  public static CdcOptions parse(Map<String, String> written) {
    Boolean enabled = null;
    ImageMode preimage = ImageMode.FALSE;
    boolean postimage = false;
    boolean keysOnly = false;
    int ttl = DEFAULT_TTL;
    for (Map.Entry<String, String> entry : written.entrySet()) {
      String value = entry.getValue();
      switch (entry.getKey().toLowerCase(Locale.ROOT)) {
        case "enabled" -> enabled = parseBoolean("enabled", value);
        case "preimage" -> preimage = parsePreimage(value);
        case "postimage" -> postimage = parseBoolean("postimage", value);
        case "delta" -> keysOnly = parseDelta(value);
        case "ttl" -> ttl = parseTtl(value);
        default -> throw new ConfigurationException("Invalid CDC option: " + entry.getKey());
      }
    }
    return new CdcOptions(enabled, preimage, postimage, keysOnly, ttl);
  }

  /** Returns the options as ScyllaDB stores them: all of them, sorted by name. */
  public SortedMap<String, String> toMap() {
    SortedMap<String, String> map = new TreeMap<>();
    map.put("delta", keysOnly ? "keys" : "full");
    map.put("enabled", String.valueOf(isEnabled()));
    map.put("postimage", String.valueOf(postimage));
    map.put("preimage", preimage.text());
    map.put("ttl", String.valueOf(ttl));
    return map;
  }

  private static boolean parseBoolean(String option, String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default -> throw invalid(option, value);
    };
  }

  private static ImageMode parsePreimage(String value) {
    if (value.equalsIgnoreCase("full")) {
      return ImageMode.FULL;
    }
    return parseBoolean("preimage", value) ? ImageMode.TRUE : ImageMode.FALSE;
  }

  private static boolean parseDelta(String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "keys" -> true;
      case "full" -> false;
      default -> throw invalid("delta", value);
    };
  }

  private static int parseTtl(String value) {
    BigInteger ttl;
    try {
      ttl = new BigInteger(value);
    } catch (NumberFormatException e) {
      throw invalid("ttl", value);
    }
    if (ttl.abs().compareTo(MAX_TTL) > 0) {
      throw new ConfigurationException("Invalid CDC option: ttl too large");
    }
    if (ttl.signum() < 0) {
      throw new ConfigurationException("Invalid CDC option: ttl must be >= 0");
    }
    return ttl.intValue();
  }

  private static ConfigurationException invalid(String option, String value) {
    return new ConfigurationException(
        "Invalid value for CDC option \"" + option + "\": " + value);
  }
}
