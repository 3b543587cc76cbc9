package io.messina.connect.vault;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what was read for a moment, since a worker's start asks for the same path a hundred times,
 * and longer for the time that Vault is out: a rebalance then does not stop what runs.
 */
final class Cache implements SecretReader {

  private static final Logger LOG = LoggerFactory.getLogger(Cache.class);

  private record Entry(Secret secret, long readAt) {

    boolean isYoungerThan(Duration age) {
      return System.nanoTime() - readAt < age.toNanos();
    }
  }

  private final SecretReader vault;
  private final Duration fresh;
  private final Duration outage;
  private final Map<SecretPath, Entry> entries = new ConcurrentHashMap<>();

  /**
   * Keeps secrets.
   *
   * @param vault who reads them
   * @param fresh for how long a secret is given without asking
   * @param outage for how long after it was read while Vault does not serve us
   */
  Cache(SecretReader vault, Duration fresh, Duration outage) {
    this.vault = vault;
    this.fresh = fresh;
    this.outage = outage;
  }

  @Override
  public Secret read(SecretPath path) {
    Entry known = entries.get(path);
    if (known != null && known.isYoungerThan(fresh)) {
      return known.secret();
    }
    try {
      return renew(path);
    } catch (VaultUnavailableException e) {
      if (known == null || !known.isYoungerThan(outage)) {
        throw e;
      }
      LOG.warn("{} is given as it was when it was last read. {}", known.secret(), e.getMessage());
      return known.secret();
    }
  }

  /** Reads now, whatever is kept. */
  Secret renew(SecretPath path) {
    long now = System.nanoTime();
    Secret secret = vault.read(path);
    entries.put(path, new Entry(secret, now));
    return secret;
  }
}
