package io.messina.connect.scylla.look;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What was emitted between the two looks, until the second look has passed it.
 *
 * @param <K> what it was about
 * @param <V> what was said of it
 */
public final class Remembered<K, V> {

  private record Entry<V>(V value, long neededUntil) {}

  private final Map<K, Entry<V>> byKey = new LinkedHashMap<>();

  /**
   * Keeps a value in the place of the one before.
   *
   * @param windowEnd the end of the window it was seen in; the second look at that window still
   *     needs it
   */
  public void put(K key, V value, long windowEnd) {
    Entry<V> before = byKey.remove(key);
    long until = before == null ? windowEnd : Math.max(windowEnd, before.neededUntil);
    byKey.put(key, new Entry<>(value, until));
  }

  /** The last value of a key. */
  public Optional<V> get(K key) {
    return Optional.ofNullable(byKey.get(key)).map(Entry::value);
  }

  /** Forgets what no second look will ask for, once it has come up to a time. */
  public void sweptUntil(long micros) {
    Iterator<Entry<V>> oldestFirst = byKey.values().iterator();
    while (oldestFirst.hasNext() && oldestFirst.next().neededUntil <= micros) {
      oldestFirst.remove();
    }
  }

  /** Forgets everything. */
  public void clear() {
    byKey.clear();
  }

  /** How much is remembered. */
  public int size() {
    return byKey.size();
  }
}
