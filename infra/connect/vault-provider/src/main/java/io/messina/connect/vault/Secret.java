package io.messina.connect.vault;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;

/** One version of what lies at a path. Its text shows no value. */
final class Secret {

  private final SecretPath path;
  private final long version;
  private final Map<String, String> values;

  /** Takes the texts of a version; what is no text is left out by who reads it. */
  Secret(SecretPath path, long version, Map<String, String> values) {
    this.path = path;
    this.version = version;
    this.values = Map.copyOf(values);
  }

  /** Which version it is: 1, 2, … */
  long version() {
    return version;
  }

  /** All keys with their values. */
  Map<String, String> all() {
    return values;
  }

  /** The values of some keys; each must be there. */
  Map<String, String> only(Collection<String> keys) {
    Map<String, String> found = new HashMap<>();
    for (String key : keys) {
      String value = values.get(key);
      if (value == null) {
        throw new ConfigException(
            "Vault has " + path + " (version " + version + "), but no text at its key " + key
                + "; put it there (vault kv patch -mount=" + path.mount() + " " + path.path() + " "
                + key + "=…), then restart the connector");
      }
      found.put(key, value);
    }
    return found;
  }

  /** By what a key's value is known again without keeping it; an empty one when there is none. */
  String fingerprint(String key) {
    String value = values.get(key);
    if (value == null) {
      return "";
    }
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      return new String(
          sha.digest(value.getBytes(StandardCharsets.UTF_8)), StandardCharsets.ISO_8859_1);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String toString() {
    return path + " (version " + version + ")";
  }
}
