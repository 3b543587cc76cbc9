package io.messina.connect.vault;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The time to live that Connect is told: until a time that stays where it is. Connect counts anew
 * whenever it reads a path, so that a duration that stays the same might never end.
 */
final class Deadlines {

  private final long ttl;
  private final Map<SecretPath, Long> ends = new ConcurrentHashMap<>();

  Deadlines(Duration ttl) {
    this.ttl = ttl.toNanos();
  }

  /** Milliseconds until the path is to be read again; null for no time. */
  Long next(SecretPath path, long now) {
    if (ttl == 0) {
      return null;
    }
    long end = ends.merge(path, now + ttl, (old, fresh) -> old - now > 0 ? old : fresh);
    return Math.max(1, Duration.ofNanos(end - now).toMillis());
  }
}
