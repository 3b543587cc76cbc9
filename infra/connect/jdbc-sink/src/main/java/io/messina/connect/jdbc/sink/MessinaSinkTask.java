package io.messina.connect.jdbc.sink;

import io.messina.connect.jdbc.avro.AvroDecoder;
import io.messina.connect.jdbc.avro.Lasting;
import io.messina.connect.jdbc.avro.Registry;
import io.messina.connect.jdbc.avro.RegistryUnavailableException;
import io.messina.connect.jdbc.avro.SchemaNotYetException;
import io.messina.connect.jdbc.sink.Bisection.Outcome;
import io.messina.connect.jdbc.sink.Bisection.Rejected;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes change events to Postgres through Debezium's writer, and stays up.
 *
 * <p>It takes bytes and decodes them itself. What time cures (Postgres or the registry is away, a
 * deadlock, a full disk) is a {@link RetriableException}: Connect keeps the batch and its place in
 * the group, and brings it again. A batch that Postgres rejects is halved until the records are
 * known that fail alone; they go to the dead letters, the others are written. What is nobody's
 * fault but the settings', and what every record meets, fails the task.
 *
 * <p>A batch is written when {@code put} returns, so Connect's own offsets are right.
 */
public final class MessinaSinkTask extends SinkTask {

  private static final Logger LOG = LoggerFactory.getLogger(MessinaSinkTask.class);

  private Database database;
  private Claims claims;
  private Group group;
  private AvroDecoder decoder;
  private Renames renames;
  private DeadLetters deadLetters;
  private Backoff backoff;
  private int rejectedMax;
  private int rejectedInARow;
  private SinkMetrics metrics;
  private final Held held = new Held();
  private final Waiting waiting = new Waiting(System::currentTimeMillis);
  private final Pulse pulse = new Pulse(System::nanoTime);

  @Override
  public String version() {
    return MessinaSinkConnector.VERSION;
  }

  @Override
  public void start(Map<String, String> properties) {
    SinkSettings settings = new SinkSettings(properties);
    Map<String, String> debezium = new HashMap<>(properties);
    // Its own retries would hold the poll loop; here Connect waits, and keeps the group's session.
    debezium.put("flush.max.retries", "0");
    debezium.put("connection.restart.on.errors", "false");
    claims =
        new Claims(
            settings.getString(SinkSettings.CLAIMS),
            properties.get("name"),
            properties.getOrDefault("task.id", "") + "@" + ProcessHandle.current().pid());
    database = new Database(debezium, claims);
    boolean claiming = !settings.getString(SinkSettings.CLAIMS).isEmpty();
    group = claiming ? Group.of(context) : new Group(null);
    decoder =
        new AvroDecoder(
            new Lasting(
                new Registry(
                    settings.getString(SinkSettings.REGISTRY_URL),
                    settings.getString(SinkSettings.REGISTRY_USER),
                    settings.password(SinkSettings.REGISTRY_PASSWORD),
                    Authorities.of(settings.getString(SinkSettings.REGISTRY_CA)),
                    Duration.ofMillis(settings.getInt(SinkSettings.REGISTRY_TIMEOUT)))));
    renames = new Renames(settings.getString(SinkSettings.RENAMES));
    deadLetters = new DeadLetters(context.errantRecordReporter());
    backoff =
        new Backoff(settings.getInt(SinkSettings.BACKOFF_MAX), new Random());
    rejectedMax = settings.getInt(SinkSettings.REJECTED_MAX);
    metrics = SinkMetrics.of(context);
    connect();
  }

  /** What time does not cure fails the task at once; else the first records wait for it. */
  private void connect() {
    try {
      database.connect();
    } catch (WriteException e) {
      if (e.failure().kind() == Failure.Kind.SETTING) {
        throw new ConnectException(
            "The sink can't connect to Postgres as it is set: "
                + e.failure()
                + ". Correct its address, user, password or certificates, then restart it.",
            e);
      }
      LOG.warn("Postgres does not answer yet: {}", e.failure());
    }
  }

  @Override
  public void open(Collection<TopicPartition> partitions) {
    pulse.fresh();
    claims.forget(partitions);
  }

  @Override
  public Map<TopicPartition, OffsetAndMetadata> preCommit(
      Map<TopicPartition, OffsetAndMetadata> current) {
    return held.committable(current, waiting.note());
  }

  @Override
  public void put(Collection<SinkRecord> records) {
    List<SinkRecord> ours = held.ours(records);
    if (ours.isEmpty()) {
      held.done(ours);
      metrics.recovered();
      waiting.dropped();
      pulse.idle();
      return;
    }
    held.failed(ours);
    try {
      pulse.begin();
      claim(ours);
      write(ours);
    } catch (Claims.Lost | Pulse.StoodStill e) {
      LOG.warn("{} records wait: {}", ours.size(), e.getMessage());
      context.timeout(Pulse.HOLD.toMillis());
      waits(e.getMessage());
      throw new RetriableException(e.getMessage(), e);
    } catch (Group.Silent | SchemaNotYetException e) {
      throw again(e.getMessage(), records.size(), e);
    } catch (RegistryUnavailableException e) {
      throw again("the registry does not answer as it should: " + e.getMessage(), records.size(), e);
    } catch (WriteException e) {
      throw failed(e, records.size());
    }
    if (backoff.failures() > 0) {
      LOG.info("Written again, after {} tries", backoff.failures());
    }
    deadLetters.forget();
    backoff.reset();
    recovered();
    held.done(ours);
    pulse.called();
  }

  private void claim(List<SinkRecord> records) throws WriteException {
    Map<TopicPartition, OffsetAndMetadata> begin = Held.begin(records);
    List<TopicPartition> places = claims.missing(begin.keySet());
    if (places.isEmpty()) {
      return;
    }
    begin.keySet().retainAll(places);
    // first, as it may take longer than the group's word holds
    database.connect();
    if (group.canBeAsked()) {
      pulse.fresh();
    }
    group.ask(begin);
    database.claim(places);
    try {
      pulse.about();
    } catch (Pulse.StoodStill e) {
      // taken late: it may have been another's before
      claims.forget(places);
      throw e;
    }
  }

  private void write(List<SinkRecord> records) throws WriteException {
    Decoding decoding = Decoding.of(records, decoder, renames);
    List<Rejected<SinkRecord>> undecodable = decoding.undecodable();
    Bisection<Decoded> bisection =
        new Bisection<>(this::writeAlive, Decoded::key);
    Outcome<Decoded> outcome = bisection.write(decoding.decoded());
    rejectedInARow = outcome.written() > 0 ? 0 : rejectedInARow;
    rejectedInARow += outcome.rejected().size() + undecodable.size();
    if (rejectedInARow >= rejectedMax) {
      String last =
          outcome.rejected().isEmpty()
              ? undecodable.get(undecodable.size() - 1).failure().toString()
              : outcome.rejected().get(outcome.rejected().size() - 1).failure().toString();
      throw new ConnectException(
          "The last "
              + rejectedInARow
              + " records were all rejected, so it is not the records: "
              + last
              + ". Those of this batch stay in their topics. Mend the cause, then restart the"
              + " connector.");
    }
    undecodable.forEach(one -> deadLetters.report(one.record(), one.failure()));
    outcome.rejected().forEach(one -> deadLetters.report(one.record().raw(), one.failure()));
    metrics.written(outcome.written(), outcome.rejected().size() + undecodable.size());
  }

  private void writeAlive(List<Decoded> batch) throws WriteException {
    pulse.about();
    try {
      database.write(structures(batch));
    } finally {
      pulse.called();
    }
  }

  private void waits(String why) {
    metrics.retried(why);
    waiting.waits(why);
  }

  private void recovered() {
    metrics.recovered();
    if (waiting.over()) {
      // so that nobody reads of a wait that is over
      context.requestCommit();
    }
  }

  private static List<SinkRecord> structures(List<Decoded> batch) {
    return batch.stream().map(Decoded::record).toList();
  }

  private RuntimeException failed(WriteException e, int records) {
    Failure failure = e.failure();
    switch (failure.kind()) {
      case OUTAGE:
        return again("Postgres can't take them: " + failure, records, e);
      case CONFLICT:
        return again("somebody was in the way: " + failure, records, e);
      default:
        return new ConnectException(
            "Postgres takes no record as things are: "
                + failure
                + ". "
                + records
                + " records stay in their topics. Mend the cause, then restart the connector.",
            e);
    }
  }

  private RetriableException again(String why, int records, Exception cause) {
    long pause = backoff.next();
    context.timeout(pause);
    waits(why);
    LOG.warn("{} records wait, tried {} times: {}", records, backoff.failures(), why);
    return new RetriableException(why, cause);
  }

  @Override
  public void close(Collection<TopicPartition> partitions) {
    held.close(partitions);
    if (deadLetters != null) {
      deadLetters.forget();
    }
  }

  @Override
  public void stop() {
    if (database != null) {
      database.close();
    }
  }
}
