package io.messina.connect.scylla.round;

import java.util.Optional;

/** Where a task gets what it returns from {@code poll}. */
public interface BatchSource {

  /** Starts it. */
  void start();

  /**
   * The next batch, waited for as long at most; throws what ended the source, after the batches
   * before it.
   */
  Optional<Batch> poll(long millis) throws InterruptedException;

  /** Ends it; what was read and not polled is read again by the next task. */
  void stop();
}
