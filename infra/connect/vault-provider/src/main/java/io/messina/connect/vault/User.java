package io.messina.connect.vault;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Set;

/**
 * A connector that uses secrets.
 *
 * @param name the connector
 * @param failed whether it, or one of its tasks, does not run: it failed, or could not be restarted
 * @param keys the keys that its configuration names, by their path
 */
record User(String name, boolean failed, Map<String, Set<String>> keys) {

  /** Whether its configuration names one of some keys. */
  boolean namesAny(SecretPath path, Collection<String> some) {
    return !Collections.disjoint(named(path), some);
  }

  /** Whether its configuration names each of some keys. */
  boolean namesAll(SecretPath path, Collection<String> some) {
    return named(path).containsAll(some);
  }

  private Set<String> named(SecretPath path) {
    return keys.getOrDefault(path.toString(), Set.of());
  }
}
