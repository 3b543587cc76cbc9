package io.messina.connect.scylla.round;

import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.cql.CqlSession;
import io.messina.connect.scylla.cql.NoGenerationException;
import io.messina.connect.scylla.cql.ReadException;
import io.messina.connect.scylla.cql.RefusedException;
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
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.DriverException;

/**
 * Makes rounds in a thread of its own, so that {@code poll} never waits for the database.
 *
 * <p>It is at most a few batches ahead of Kafka. What the database can't answer now is tried again
 * within bounds; what it refuses ends the task ({@link Retries}).
 */
public final class RoundThread implements BatchSource {

  private static final Logger LOG = LoggerFactory.getLogger(RoundThread.class);
  private static final int BATCHES_AHEAD = 4;

  private final SourceConfig config;
  private final Map<SliceId, SliceOffset> progress;
  private final Heartbeat heartbeat;
  private final SignalSource signals;
  private final BlockingQueue<Batch> batches = new ArrayBlockingQueue<>(BATCHES_AHEAD);
  private final Retries retries;
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
    this.retries = new Retries(config, CqlSession::probe);
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
      retries.succeeded();
      if (round.isPresent()) {
        put(round.get());
      } else {
        long micros = rounds.nextDue() - Micros.now();
        TimeUnit.MICROSECONDS.sleep(Math.max(1_000, micros));
      }
    } catch (RefusedException | ReadException | DriverException | NoGenerationException e) {
      // After any failure the tables are looked at again: one of them may be why.
      sources.forEach(TableSource::forgetSchema);
      retries.failed(e, where());
    }
  }

  /** What is read next, for a failure that does not say what was read. */
  private String where() {
    long from =
        rounds == null
            ? progress.values().stream().mapToLong(SliceOffset::fastUntil).min().orElseThrow()
            : rounds.nextDue() - config.windowMicros() - config.confidenceMicros();
    List<TableId> tables = progress.keySet().stream().map(SliceId::table).distinct().toList();
    return tables + ", all log streams, windows from " + Micros.text(from) + " on";
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
    TableSource source = readers.of(table, config.carriedColumns(table));
    sources.add(source);
    return source;
  }
}
