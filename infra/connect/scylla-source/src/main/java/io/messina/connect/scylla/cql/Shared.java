package io.messina.connect.scylla.cql;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Things that are dear to open, each used by many at a time and closed some time after the last.
 *
 * @param <K> what tells them apart
 * @param <T> what they are
 */
final class Shared<K, T> {

  /** One that is open, or being opened. */
  private static final class Entry<T> {
    final CompletableFuture<T> opened = new CompletableFuture<>();
    int users;
    int uses;
  }

  private final Map<K, Entry<T>> entries = new HashMap<>();
  private final Consumer<T> closer;
  private final Executor later;

  /** Closes what nobody has used for the time of linger. */
  Shared(Consumer<T> closer, Duration linger) {
    this(closer, CompletableFuture.delayedExecutor(linger.toMillis(), TimeUnit.MILLISECONDS));
  }

  /** Closes what nobody uses any more when the executor gets round to it. */
  Shared(Consumer<T> closer, Executor later) {
    this.closer = closer;
    this.later = later;
  }

  /**
   * What is open under a key; who comes first opens it, and others wait for that.
   *
   * <p>Each call that returns has its {@link #giveBack}. Where opening fails, it fails for all who
   * wait, and the next one tries again.
   */
  T take(K key, Supplier<T> open) {
    Entry<T> entry;
    boolean first;
    synchronized (entries) {
      first = !entries.containsKey(key);
      entry = entries.computeIfAbsent(key, k -> new Entry<>());
      entry.users++;
      entry.uses++;
    }
    if (first) {
      open(key, entry, open);
    }
    try {
      return entry.opened.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  private void open(K key, Entry<T> entry, Supplier<T> open) {
    try {
      entry.opened.complete(open.get());
    } catch (RuntimeException | Error e) {
      synchronized (entries) {
        entries.remove(key, entry);
      }
      entry.opened.completeExceptionally(e);
    }
  }

  /** One user less. */
  void giveBack(K key) {
    Entry<T> entry;
    int uses;
    synchronized (entries) {
      entry = entries.get(key);
      entry.users--;
      uses = entry.uses;
      if (entry.users > 0) {
        return;
      }
    }
    later.execute(() -> closeUnused(key, entry, uses));
  }

  /** Closes it, unless somebody has used it since. */
  private void closeUnused(K key, Entry<T> entry, int uses) {
    synchronized (entries) {
      if (entry.users > 0 || entry.uses != uses || !entries.remove(key, entry)) {
        return;
      }
    }
    closer.accept(entry.opened.join());
  }
}
