package io.messina.connect.scylla.kafka;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.connect.source.SourceRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a registry schemas before the task's own converters do, whose failure is the task's.
 *
 * <p>Of two tasks that tell it the same schema at once a registry may refuse one: a moment later it
 * knows the schema, and takes it. So what fails is told again, a few times. What fails each time is
 * left to the task's converter, which says it as it always did.
 */
final class Teller implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Teller.class);
  private static final int TRIES = 5;
  private static final long FIRST_MS = 250;
  private static final int LONGEST_REASON = 300;

  /** Is told records, and fails as a converter does. */
  interface Listener extends AutoCloseable {
    void tell(SourceRecord record);

    @Override
    void close();
  }

  private final Supplier<Listener> listeners;
  private final LongSupplier clock;
  private final Set<Schemas> told = new HashSet<>();
  private Listener listener;
  private int refusals;
  private long again;

  /**
   * A teller.
   *
   * @param listeners makes one, when there is a schema to tell
   * @param clock nanoseconds
   */
  Teller(Supplier<Listener> listeners, LongSupplier clock) {
    this.listeners = listeners;
    this.clock = clock;
  }

  /** Tells those of the schemas that are not told; false where that is to be tried again. */
  boolean tell(Map<Schemas, SourceRecord> schemas) {
    if (told.containsAll(schemas.keySet())) {
      return true;
    }
    if (refusals > 0 && clock.getAsLong() - again < 0) {
      return false;
    }
    boolean done = tellUntilRefused(schemas);
    if (!done && refusals == TRIES) {
      // the task's converter is to say it
      told.addAll(schemas.keySet());
      done = true;
    }
    if (done) {
      refusals = 0;
    } else {
      long most = FIRST_MS << refusals - 1;
      // random: those that were in each other's way do not come back together
      long pause = most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1);
      again = clock.getAsLong() + TimeUnit.MILLISECONDS.toNanos(pause);
    }
    return done;
  }

  @Override
  public void close() {
    if (listener != null) {
      listener.close();
    }
  }

  private boolean tellUntilRefused(Map<Schemas, SourceRecord> schemas) {
    if (listener == null && !isMade()) {
      told.addAll(schemas.keySet());
      return true;
    }
    for (Map.Entry<Schemas, SourceRecord> one : schemas.entrySet()) {
      if (!told.contains(one.getKey())) {
        try {
          listener.tell(one.getValue());
        } catch (RuntimeException e) {
          refused(one.getKey().topic(), e);
          return false;
        }
        told.add(one.getKey());
        refusals = 0;
      }
    }
    return true;
  }

  private boolean isMade() {
    try {
      listener = listeners.get();
      return true;
    } catch (RuntimeException | LinkageError e) {
      // its message may quote a setting, which may be secret
      LOG.warn(
          "A new schema is not told ahead, as converters can't be made here as the task's were: {}",
          e.getClass().getName());
      return false;
    }
  }

  private void refused(String topic, RuntimeException failure) {
    refusals++;
    LOG.warn(
        "Records wait, the first of a schema that the registry was not told yet (topic {}), as"
            + " telling it failed (try {} of {}): {}",
        topic,
        refusals,
        TRIES,
        reason(failure));
  }

  private static String reason(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String reason = root.getClass().getSimpleName() + ": " + root.getMessage();
    return reason.length() > LONGEST_REASON ? reason.substring(0, LONGEST_REASON) + "…" : reason;
  }
}
