package io.messina.connect.vault;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/**
 * What was asked for and could not be given. Who asked is not known: a connector or a task, which
 * has failed then, or somebody who only had a configuration checked. So what a want comes to, when
 * it can be given, is a look for connectors that name all of its keys and have failed.
 */
final class Wants {

  // Connect says that a connector failed only some time after it asked: a second look, later, finds
  // those that the first one was too early for.
  private static final int LOOKS = 2;

  /**
   * Keys of a path that were asked for at once.
   *
   * @param path where
   * @param keys all of them, also those that are there
   */
  record Want(SecretPath path, Set<String> keys) {

    boolean isMetBy(Secret secret) {
      return keys.stream().noneMatch(key -> secret.fingerprint(key).isEmpty());
    }
  }

  private final Map<Want, Integer> looks = new HashMap<>();

  /** Notes what could not be given. */
  synchronized void add(SecretPath path, Collection<String> keys) {
    looks.put(new Want(path, Set.copyOf(keys)), LOOKS);
  }

  /** Where something is wanted. */
  synchronized Set<SecretPath> paths() {
    Set<SecretPath> paths = new HashSet<>();
    looks.keySet().forEach(want -> paths.add(want.path()));
    return paths;
  }

  /** What can be given now. */
  synchronized Set<Want> met(Map<SecretPath, Secret> newest) {
    Set<Want> met = new HashSet<>();
    for (Want want : looks.keySet()) {
      Secret secret = newest.get(want.path());
      if (secret != null && want.isMetBy(secret)) {
        met.add(want);
      }
    }
    return met;
  }

  /** Notes that connectors were looked for that wanted this; what was looked for enough goes. */
  synchronized void looked(Set<Want> met) {
    for (Iterator<Map.Entry<Want, Integer>> all = looks.entrySet().iterator(); all.hasNext(); ) {
      Map.Entry<Want, Integer> entry = all.next();
      if (met.contains(entry.getKey()) && entry.setValue(entry.getValue() - 1) <= 1) {
        all.remove();
      }
    }
  }
}
