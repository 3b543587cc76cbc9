package io.messina.connect.scylla.round;

import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.cql.CqlSession;
import io.messina.connect.scylla.cql.NoGenerationException;
import io.messina.connect.scylla.cql.ReadException;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.TableReaders;
import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.offset.Micros;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import io.messina.connect.scylla.offset.Watermarks;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.AuthenticationException;
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.DriverException;
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.QueryValidationException;

/**
 * Makes rounds in a thread of its own, so that {@code poll} never waits for the database.
 *
 * <p>It is at most a few batches ahead of Kafka. What the database can't answer now is tried again
 * for as long as it takes; what it refuses ends the task.
 */
public final class RoundThread implements BatchSource {

  private static final Logger LOG = LoggerFactory.getLogger(RoundThread.class);
  private static final int BATCHES_AHEAD = 4;
  private static final int REFUSALS = 10;

  private final SourceConfig config;
  private final Map<SliceId, SliceOffset> progress;
  private final Heartbeat heartbeat;
  private final SignalSource signals;
  private final BlockingQueue<Batch> batches = new ArrayBlockingQueue<>(BATCHES_AHEAD);
  private final Backoff backoff = new Backoff();
  private final List<TableSource> sources = new ArrayList<>();
  private final Thread thread;
  private volatile ConnectException failure;
  private volatile boolean stopped;
  private CqlSession session;
  private Rounds rounds;

  /** A thread that makes rounds from where the slices stand, once it is started. */
  public RoundThread(
      SourceConfig config,
      Map<SliceId, SliceOffset> progress,
      Watermarks watermarks,
      SignalSource signals,
      long epoch) {
    this.config = config;
    this.progress = progress;
    this.signals = signals;
    this.heartbeat = new Heartbeat(config, watermarks, epoch);
    SliceId first = progress.keySet().iterator().next();
    this.thread = new Thread(this::run, "messina-rounds-" + config.topicPrefix() + "-" + first);
    this.thread.setDaemon(true);
  }

  @Override
  public void start() {
    thread.start();
  }

  @Override
  public Optional<Batch> poll(long millis) throws InterruptedException {
    Batch batch = batches.poll(millis, TimeUnit.MILLISECONDS);
    if (batch == null && failure != null) {
      throw failure;
    }
    return Optional.ofNullable(batch);
  }

  @Override
  public void stop() {
    stopped = true;
    thread.interrupt();
  }

  /** Waits for its end. */
  void join(long millis) throws InterruptedException {
    thread.join(millis);
  }

  /** Whether it has ended. */
  boolean hasEnded() {
    return !thread.isAlive();
  }

  private void run() {
    try {
      // At once, so that a task that dies young is followed by one that begins at the same place.
      put(new Round(heartbeat.due(progress)));
      while (!stopped) {
        attempt();
      }
    } catch (InterruptedException e) {
      LOG.debug("Stopped");
    } catch (ConnectException e) {
      failure = e;
    } catch (RuntimeException | Error e) {
      failure =
          new ConnectException(
              "The source task met an error of its own; its offsets were kept: " + e, e);
    } finally {
      Thread.interrupted();
      if (session != null) {
        session.close();
      }
    }
  }

  private void attempt() throws InterruptedException {
    try {
      if (rounds == null) {
        connect();
      }
      Optional<Round> round = rounds.next(Micros.now());
      backoff.succeeded();
      if (round.isPresent()) {
        put(round.get());
      } else {
        long micros = rounds.nextDue() - Micros.now();
        TimeUnit.MICROSECONDS.sleep(Math.max(1_000, micros));
      }
    } catch (AuthenticationException e) {
      throw new ConnectException(
          "The CQL server refused the user '"
              + config.user()
              + "': "
              + e.getMessage()
              + ". The offsets were kept; correct scylla.user and scylla.password, then restart the"
              + " task.",
          e);
    } catch (ReadException | DriverException | NoGenerationException e) {
      retry(e);
    }
  }

  private void put(Round round) throws InterruptedException {
    for (Batch batch : Batch.of(round)) {
      batches.put(batch);
    }
  }

  private void connect() {
    if (session == null) {
      session = CqlSession.connect(config);
    }
    TableReaders readers = new TableReaders(session, config.readConcurrency());
    sources.clear();
    rounds = new Rounds(config, progress, table -> source(readers, table), heartbeat, signals);
  }

  private TableSource source(TableReaders readers, TableId table) {
    TableSource source = readers.of(table, config.excludedColumns(table));
    sources.add(source);
    return source;
  }

  /** After any failure the tables are looked at again: one of them may be why. */
  private void retry(RuntimeException error) throws InterruptedException {
    Throwable reason = error instanceof ReadException read ? read.reason() : error;
    if (reason instanceof QueryValidationException && backoff.failures() >= REFUSALS) {
      throw new ConnectException(
          "The CQL server refuses a query: "
              + error.getMessage()
              + ". The offsets were kept; check the tables and the"
              + " user's permissions, then restart the task.",
          error);
    }
    sources.forEach(TableSource::forgetSchema);
    backoff.failed("Reading " + config.tables() + " from " + config.contactPoints(), error);
  }
}
