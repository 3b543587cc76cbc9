package io.messina.connect.scylla.look;

import io.messina.connect.scylla.cql.RowKey;

/**
 * What was last emitted of each key between the two looks, as a hash.
 *
 * <p>The second look emits a key again only where its row now differs. After a restart nothing is
 * remembered, so it emits them all.
 */
public final class EmissionHashes {

  private final Remembered<RowKey, Long> hashes = new Remembered<>();

  /**
   * Notes an emission, whatever it came of: also a signal's is the key's last.
   *
   * @param windowEnd the end of the window that named the key; the second look at that window still
   *     needs the hash
   */
  public void emitted(RowKey key, long hash, long windowEnd) {
    hashes.put(key, hash, windowEnd);
  }

  /** Whether this is just what was last emitted of the key. */
  public boolean isLast(RowKey key, long hash) {
    return hashes.get(key).filter(last -> last == hash).isPresent();
  }

  /** Forgets the keys that no second look will ask for, once it has come up to a time. */
  public void sweptUntil(long micros) {
    hashes.sweptUntil(micros);
  }

  /** Forgets all keys: what was emitted was of another table. */
  public void clear() {
    hashes.clear();
  }

  /** How many keys are remembered. */
  public int size() {
    return hashes.size();
  }
}
