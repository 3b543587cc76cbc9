package io.messina.connect.scylla.round;

import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.cql.ReadException;
import io.messina.connect.scylla.cql.Reason;
import io.messina.connect.scylla.cql.RefusedException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.NoHostAvailableException;
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.QueryValidationException;
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.UnauthorizedException;

/**
 * Decides whether a round that failed is made again.
 *
 * <p>What time may cure is tried again for {@code retry.timeout.ms}; a password that was good
 * before, for a minute at most, as it may be in the middle of a change; a query that is refused,
 * ten times, as the table may be in the middle of one. A refusal that a person must see to ends the
 * task at once.
 */
final class Retries {

  /** How long a password that was good before is tried again. */
  static final long PASSWORD_MS = 60_000;

  private static final Logger LOG = LoggerFactory.getLogger(Retries.class);
  private static final int REFUSALS = 10;
  private static final long SAY_MS = 10_000;

  private final SourceConfig config;
  private final Backoff backoff;
  private final Clock clock;
  private final Consumer<SourceConfig> probe;
  private final Map<String, Long> said = new HashMap<>();
  private boolean succeeded;
  private int failures;
  private int refusals;
  private long since;
  private long refusedSince = -1;
  private String last;

  /** Time, which tests make pass. */
  interface Clock {
    /** Milliseconds from any moment. */
    long millis();

    /** Waits. */
    void sleep(long millis) throws InterruptedException;
  }

  /**
   * Retries within the bounds that are configured.
   *
   * @param probe connects anew where a session gets no answer, and throws why that fails
   */
  Retries(SourceConfig config, Consumer<SourceConfig> probe) {
    this(config, probe, new SystemClock());
  }

  Retries(SourceConfig config, Consumer<SourceConfig> probe, Clock clock) {
    this.config = config;
    this.backoff = new Backoff(config.retryBackoffMaxMillis());
    this.probe = probe;
    this.clock = clock;
  }

  /** A round went well. */
  void succeeded() {
    if (failures > 0) {
      LOG.info(
          "The database is read again, after {} failed attempts in {} s (last: {})",
          failures,
          seconds(clock.millis() - since),
          last);
    }
    succeeded = true;
    failures = 0;
    refusals = 0;
    refusedSince = -1;
    said.clear();
  }

  /**
   * A round failed: waits before it is made again.
   *
   * @param where which tables, from when on, for failures that do not say so themselves
   * @throws ConnectException where it is not to be made again
   */
  void failed(RuntimeException failure, String where) throws InterruptedException {
    long now = clock.millis();
    if (failures++ == 0) {
      since = now;
    }
    String place = failure instanceof ReadException read ? place(read, where) : where;
    RuntimeException reason = failure instanceof ReadException read ? read.reason() : failure;
    Long before = said.get(cause(reason));
    boolean say = before == null || now - before >= SAY_MS;
    if (say) {
      said.put(cause(reason), now);
      reason = asked(reason);
    }
    last = Reason.of(reason);
    long left = left(reason, now);
    if (left <= 0) {
      throw new ConnectException(message(place, reason, now), failure);
    }
    if (say) {
      LOG.warn(
          "{}: reading failed ({} times in {} s), trying again for up to {} s: {}",
          place,
          failures,
          seconds(now - since),
          seconds(left),
          last);
    }
    clock.sleep(Math.min(left, backoff.pause(failures)));
  }

  /** What was read; columns and generations are read for all streams, from a time on. */
  private static String place(ReadException read, String where) {
    return read.where().contains("window") ? read.where() : read.where() + " (for " + where + ")";
  }

  /** A session without nodes does not know why: a new connection does. */
  private RuntimeException asked(RuntimeException reason) {
    if (reason instanceof NoHostAvailableException none && none.getErrors().isEmpty()) {
      try {
        probe.accept(config);
      } catch (RuntimeException e) {
        return e;
      }
    }
    return reason;
  }

  /** For how long this may still be tried, in milliseconds. */
  private long left(RuntimeException reason, long now) {
    long left = config.retryTimeoutMillis() - (now - since);
    if (reason instanceof RefusedException refused) {
      if (!succeeded || refused.why() != RefusedException.Why.CREDENTIALS) {
        return 0;
      }
      refusedSince = refusedSince < 0 ? now : refusedSince;
      return Math.min(left, PASSWORD_MS - (now - refusedSince));
    }
    if (reason instanceof QueryValidationException && ++refusals >= REFUSALS) {
      return 0;
    }
    return left;
  }

  private String message(String where, RuntimeException reason, long now) {
    if (reason instanceof RefusedException) {
      return where + ": " + last + kept("correct that");
    }
    if (reason instanceof UnauthorizedException) {
      return where + ": the database refuses to be read: " + last + kept("grant the right");
    }
    if (reason instanceof QueryValidationException) {
      return where
          + ": the database refuses a query: "
          + last
          + kept("compare the tables with the connector's settings");
    }
    return where
        + ": reading failed for "
        + seconds(now - since)
        + " s ("
        + failures
        + " attempts, retry.timeout.ms="
        + config.retryTimeoutMillis()
        + "), last: "
        + last
        + kept("see that the database at " + config.contactPoints() + " answers");
  }

  private String kept(String todo) {
    Object name = config.originals().getOrDefault("name", "NAME");
    return ". Nothing of this window was emitted and the offsets were kept; "
        + todo
        + ", then restart the task: POST /connectors/"
        + name
        + "/restart?includeTasks=true&onlyFailed=true, or `messina deploy apply`.";
  }

  private static String cause(RuntimeException reason) {
    return reason.getClass().getName();
  }

  private static String seconds(long millis) {
    return String.valueOf(Math.round(millis / 100.0) / 10.0);
  }

  private static final class SystemClock implements Clock {
    @Override
    public long millis() {
      return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    @Override
    public void sleep(long millis) throws InterruptedException {
      Thread.sleep(millis);
    }
  }
}
