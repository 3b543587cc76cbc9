package io.messina.connect.scylla.cql;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/** Runs many asynchronous reads with so many at a time at most. */
public final class InFlight {

  private final int limit;

  /** At most so many at a time. */
  public InFlight(int limit) {
    this.limit = limit;
  }

  /**
   * The results of all, in order; after a failure none is begun any more, those under way are
   * waited for.
   *
   * @throws RuntimeException the first failure
   */
  public <T, R> List<R> all(List<T> inputs, Function<T, CompletableFuture<R>> read)
      throws InterruptedException {
    Semaphore permits = new Semaphore(limit);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<CompletableFuture<R>> started = new ArrayList<>(inputs.size());
    for (T input : inputs) {
      permits.acquire();
      if (failure.get() != null) {
        permits.release();
        break;
      }
      started.add(
          read.apply(input)
              .whenComplete(
                  (result, error) -> {
                    if (error != null) {
                      failure.compareAndSet(null, error);
                    }
                    permits.release();
                  }));
    }
    permits.acquire(limit);
    if (failure.get() != null) {
      throw CqlSession.unwrap(new CompletionException(failure.get()));
    }
    return started.stream().map(CompletableFuture::join).toList();
  }
}
