package io.messina.connect.vault;

import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.config.ConfigException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers by fingerprint what connectors were given, and restarts those whose values are no
 * longer what Vault has.
 */
final class Watch {

  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

  // No fingerprint is empty but that of a key that is not there.
  private static final String MISSING = "";

  private final SecretReader vault;
  private final Connectors connectors;
  // By path and key, the fingerprint of what was given first and not replaced since: a second
  // reader of a key may get a newer value than a task that runs already.
  private final Map<SecretPath, Map<String, String>> given = new HashMap<>();
  private final Set<String> owed = new TreeSet<>();
  // Paths whose absence was told: once is enough.
  private final Set<SecretPath> gone = new HashSet<>();

  /**
   * Watches what is given.
   *
   * @param vault who gives the newest values
   * @param connectors whom to restart; null to say only that they should be
   */
  Watch(SecretReader vault, Connectors connectors) {
    this.vault = vault;
    this.connectors = connectors;
  }

  /** Notes what a connector or a task is given; true when it differs from what others have. */
  synchronized boolean note(SecretPath path, Collection<String> keys, Secret secret) {
    Map<String, String> known = given.computeIfAbsent(path, any -> new HashMap<>());
    boolean differs = false;
    for (String key : keys) {
      String now = secret.fingerprint(key);
      String before = known.putIfAbsent(key, now);
      differs |= before != null && !before.equals(now);
    }
    return differs;
  }

  /** Notes that a connector or a task wanted what could not be given, and so has failed. */
  synchronized void noteMissing(SecretPath path, Collection<String> keys) {
    Map<String, String> known = given.computeIfAbsent(path, any -> new HashMap<>());
    keys.forEach(key -> known.put(key, MISSING));
  }

  /** How many restarts are asked for and not yet settled. */
  synchronized int owed() {
    return owed.size();
  }

  /** Looks for values that changed, and restarts who uses them. */
  void look() throws InterruptedException {
    Map<SecretPath, Secret> newest = newest();
    Map<SecretPath, Set<String>> changed = changed(newest);
    if (!changed.isEmpty()) {
      settle(changed, newest);
    }
  }

  /** Restarts what is owed a restart; what does not work is tried again the next time. */
  void restart() throws InterruptedException {
    Set<String> now;
    synchronized (this) {
      now = new TreeSet<>(owed);
    }
    for (String connector : now) {
      try {
        if (connectors.restart(connector)) {
          LOG.info("Connector {} is restarted with its tasks: a secret changed", connector);
          synchronized (this) {
            owed.remove(connector);
          }
        }
      } catch (IOException e) {
        LOG.warn(
            "Connect does not restart {} ({}); trying again", connector,
            e.getClass().getSimpleName());
        return;
      }
    }
  }

  private Map<SecretPath, Secret> newest() {
    Set<SecretPath> paths;
    synchronized (this) {
      paths = new HashSet<>(given.keySet());
    }
    Map<SecretPath, Secret> newest = new HashMap<>();
    for (SecretPath path : paths) {
      try {
        newest.put(path, vault.read(path));
        gone.remove(path);
      } catch (VaultUnavailableException e) {
        LOG.warn("Changes of secrets can't be seen: {}", e.getMessage());
        return newest;
      } catch (ConfigException e) {
        if (gone.add(path)) {
          LOG.warn("{}. Connectors that run keep what they have", e.getMessage());
        }
      }
    }
    return newest;
  }

  private synchronized Map<SecretPath, Set<String>> changed(Map<SecretPath, Secret> newest) {
    Map<SecretPath, Set<String>> changed = new HashMap<>();
    newest.forEach(
        (path, secret) ->
            given
                .getOrDefault(path, Map.of())
                .forEach(
                    (key, had) -> {
                      // A key that is gone would only make a connector fail that runs well.
                      String now = secret.fingerprint(key);
                      if (!now.isEmpty() && !now.equals(had)) {
                        changed.computeIfAbsent(path, any -> new TreeSet<>()).add(key);
                      }
                    }));
    return changed;
  }

  private void settle(Map<SecretPath, Set<String>> changed, Map<SecretPath, Secret> newest)
      throws InterruptedException {
    Map<String, Set<String>> shown = new TreeMap<>();
    changed.forEach((path, keys) -> shown.put(newest.get(path).toString(), keys));
    if (connectors == null) {
      LOG.warn("Secrets changed in Vault: {}; who uses them has the old ones until it is"
          + " restarted, since {} is not set", shown, Settings.CONNECT_URL);
    } else {
      try {
        Set<String> users = connectors.using(changed);
        LOG.info("Secrets changed in Vault: {}; used by connectors {}", shown, users);
        synchronized (this) {
          owed.addAll(users);
        }
      } catch (IOException e) {
        LOG.warn(
            "Secrets changed in Vault: {}; Connect does not say who uses them ({}), asking again",
            shown, e.getClass().getSimpleName());
        return;
      }
    }
    synchronized (this) {
      changed.forEach(
          (path, keys) ->
              keys.forEach(key -> given.get(path).put(key, newest.get(path).fingerprint(key))));
    }
  }
}
