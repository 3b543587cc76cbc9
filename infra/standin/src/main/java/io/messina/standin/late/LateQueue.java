package io.messina.standin.late;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * What is to be done later, in order: of two things with the same key the one that was put in first
 * comes out first, whatever delays they have.
 *
 * @param <K> what orders are kept by
 * @param <T> what is kept
 */
final class LateQueue<K, T> {

  /**
   * One thing.
   *
   * @param due when it comes out
   * @param sequence what number it was put in as
   */
  record Entry<K, T>(long due, long sequence, K key, T thing) {}

  /** When the last thing of a key is due, and how many there are that are not done. */
  private record Pending(long lastDue, int count) {}

  private final PriorityQueue<Entry<K, T>> entries =
      new PriorityQueue<>(
          Comparator.<Entry<K, T>>comparingLong(Entry::due).thenComparingLong(Entry::sequence));
  private final Map<K, Pending> pending = new HashMap<>();
  private long sequence;

  /** Says whether something of a key is not done yet. */
  boolean isPending(K key) {
    return pending.containsKey(key);
  }

  /** Puts a thing in, to come out at {@code due}, or later when its key has later ones. */
  Entry<K, T> put(K key, long due, T thing) {
    Pending before = pending.get(key);
    long ordered = before == null ? due : Math.max(due, before.lastDue());
    pending.put(key, new Pending(ordered, before == null ? 1 : before.count() + 1));
    Entry<K, T> entry = new Entry<>(ordered, sequence++, key, thing);
    entries.add(entry);
    return entry;
  }

  /** When the next thing is due, or {@code Long.MAX_VALUE}. */
  long nextDue() {
    return entries.isEmpty() ? Long.MAX_VALUE : entries.peek().due();
  }

  /** Takes out the next thing; it stays pending until it is {@link #done}. */
  Entry<K, T> take() {
    return entries.remove();
  }

  /** Forgets a thing that was taken out. */
  void done(Entry<K, T> entry) {
    pending.computeIfPresent(
        entry.key(),
        (key, p) -> p.count() == 1 ? null : new Pending(p.lastDue(), p.count() - 1));
  }
}
