package io.messina.connect.vault;

import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;

/**
 * Where a secret lies: the mount of a KV v2 engine, and a path below it.
 *
 * @param mount the first name of what a placeholder says
 * @param path the rest
 */
record SecretPath(String mount, String path) {

  // No name begins with a dot: `..` in a URL would lead to another secret.
  private static final String NAME = "[A-Za-z0-9_][A-Za-z0-9_.-]*";
  private static final Pattern FORM = Pattern.compile(NAME + "(/" + NAME + ")+");

  /** Reads the middle of {@code ${vault:mount/path:key}}; says what is wrong, not what it was. */
  static SecretPath of(String text) {
    if (text == null || !FORM.matcher(text).matches()) {
      throw new ConfigException(
          "a placeholder of the Vault provider has the form ${vault:mount/path:key}, with names of"
              + " letters, digits, '_', '.' and '-', none of which begins with a dot; the one"
              + " that was given has not");
    }
    int slash = text.indexOf('/');
    return new SecretPath(text.substring(0, slash), text.substring(slash + 1));
  }

  @Override
  public String toString() {
    return mount + "/" + path;
  }
}
