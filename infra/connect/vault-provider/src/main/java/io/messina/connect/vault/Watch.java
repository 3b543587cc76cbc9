package io.messina.connect.vault;

import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers by fingerprint what connectors were given, and restarts those whose values are no
 * longer what Vault has; and those that failed for want of one, when it is there.
 */
final class Watch {

  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

  private final SecretReader vault;
  private final Connectors connectors;
  // By path and key, the fingerprint of what was given first and not replaced since: a second
  // reader of a key may get a newer value than a task that runs already.
  private final Map<SecretPath, Map<String, String>> given = new HashMap<>();
  private final Wants wants = new Wants();
  private final Set<String> owed = new TreeSet<>();
  // Paths whose absence was told: once is enough.
  private final Set<SecretPath> gone = new HashSet<>();
  // Whom the last look found failed: until its restart is done it does not run, and to restart it
  // once more would begin that anew.
  private Set<String> found = Set.of();

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

  /**
   * Notes what was asked for and could not be given. What others were given of it before stays as
   * it was: they run.
   */
  void noteRefused(SecretPath path, Collection<String> keys) {
    wants.add(path, keys);
  }

  /** How many restarts are asked for and not yet settled. */
  synchronized int owed() {
    return owed.size();
  }

  /**
   * Looks for values that changed, and for those that were wanted and are there now: who uses the
   * ones, and who failed for want of the others, is owed a restart.
   */
  void look() throws InterruptedException {
    Map<SecretPath, Secret> newest = newest();
    Map<SecretPath, Set<String>> changed = changed(newest);
    Set<Wants.Want> met = wants.met(newest);
    if (changed.isEmpty() && met.isEmpty()) {
      found = Set.of();
    } else {
      settle(changed, met, newest);
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
          LOG.info(
              "Connector {} is restarted with its tasks: a secret changed, or is there now",
              connector);
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
    paths.addAll(wants.paths());
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

  private void settle(
      Map<SecretPath, Set<String>> changed, Set<Wants.Want> met, Map<SecretPath, Secret> newest)
      throws InterruptedException {
    Map<String, Set<String>> shown = new TreeMap<>();
    changed.forEach((path, keys) -> shown.put(newest.get(path).toString(), keys));
    if (connectors == null) {
      if (!changed.isEmpty()) {
        LOG.warn("Secrets changed in Vault: {}; who uses them has the old ones until it is"
            + " restarted, since {} is not set", shown, Settings.CONNECT_URL);
      }
    } else {
      List<User> users;
      try {
        users = connectors.users();
      } catch (IOException e) {
        LOG.warn(
            "Secrets changed in Vault, or are there now: {}; Connect does not say who uses them"
                + " ({}), asking again",
            shown, e.getClass().getSimpleName());
        return;
      }
      Set<String> affected = names(users, user -> uses(user, changed));
      Set<String> before = found;
      Set<String> failed =
          names(
              users,
              user -> user.failed() && wanted(user, met) && !before.contains(user.name()));
      found = failed;
      if (!changed.isEmpty()) {
        LOG.info("Secrets changed in Vault: {}; used by connectors {}", shown, affected);
      }
      if (!failed.isEmpty()) {
        LOG.info("Secrets are in Vault for want of which connectors failed: {}", failed);
      }
      synchronized (this) {
        owed.addAll(affected);
        owed.addAll(failed);
      }
    }
    wants.looked(met);
    synchronized (this) {
      changed.forEach(
          (path, keys) ->
              keys.forEach(key -> given.get(path).put(key, newest.get(path).fingerprint(key))));
    }
  }

  private static boolean uses(User user, Map<SecretPath, Set<String>> changed) {
    return changed.entrySet().stream()
        .anyMatch(each -> user.namesAny(each.getKey(), each.getValue()));
  }

  private static boolean wanted(User user, Set<Wants.Want> met) {
    return met.stream().anyMatch(want -> user.namesAll(want.path(), want.keys()));
  }

  private static Set<String> names(List<User> users, Predicate<User> which) {
    return users.stream()
        .filter(which)
        .map(User::name)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
