package io.messina.connect.scylla.look;

import io.messina.connect.scylla.cql.RowKey;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What was last emitted of each key between the two looks, as a hash.
 *
 * <p>The second look emits a key again only where its row now differs. After a restart nothing is
 * remembered, so it emits them all.
 */
public final class EmissionHashes {

  private record Emission(long hash, long neededUntil) {}

  private final Map<RowKey, Emission> byKey = new LinkedHashMap<>();

  /**
   * Notes an emission.
   *
   * @param windowEnd the end of the window that named the key; the second look at that window still
   *     needs the hash
   */
  public void emitted(RowKey key, long hash, long windowEnd) {
    Emission before = byKey.remove(key);
    long until = before == null ? windowEnd : Math.max(windowEnd, before.neededUntil);
    byKey.put(key, new Emission(hash, until));
  }

  /** Whether this is just what was last emitted of the key. */
  public boolean isLast(RowKey key, long hash) {
    Emission emission = byKey.get(key);
    return emission != null && emission.hash == hash;
  }

  /** Forgets the keys that no second look will ask for, once it has come up to a time. */
  public void sweptUntil(long micros) {
    Iterator<Emission> oldestFirst = byKey.values().iterator();
    while (oldestFirst.hasNext() && oldestFirst.next().neededUntil <= micros) {
      oldestFirst.remove();
    }
  }

  /** How many keys are remembered. */
  public int size() {
    return byKey.size();
  }
}
