package io.messina.connect.jdbc.sink;

import io.debezium.bindings.kafka.KafkaDebeziumSinkRecord;
import io.debezium.connector.common.UUIDUtils;
import io.debezium.connector.jdbc.DefaultRecordWriter;
import io.debezium.connector.jdbc.JdbcChangeEventSink;
import io.debezium.connector.jdbc.JdbcSinkConnectorConfig;
import io.debezium.connector.jdbc.JdbcSinkRecord;
import io.debezium.connector.jdbc.QueryBinder;
import io.debezium.connector.jdbc.QueryBinderResolver;
import io.debezium.connector.jdbc.dialect.DatabaseDialect;
import io.debezium.connector.jdbc.dialect.DatabaseDialectResolver;
import io.debezium.connector.jdbc.relational.TableDescriptor;
import io.debezium.openlineage.ConnectorContext;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.hibernate.SessionFactory;
import org.hibernate.SharedSessionContract;
import org.hibernate.StatelessSession;
import org.hibernate.Transaction;
import org.hibernate.jdbc.ReturningWork;
import org.postgresql.Driver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Debezium's writer of change events, driven directly.
 *
 * <p>Debezium's own task keeps an exception until its next {@code put} and is of no use from then
 * on; here it comes at once, and a connection that is broken is made anew with the next batch.
 */
final class Database implements Bisection.Writer<SinkRecord>, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Database.class);

  private final Map<String, String> properties;
  private final JdbcSinkConnectorConfig config;
  private final Claims claims;
  private SessionFactory sessions;
  private StatelessSession session;
  private JdbcChangeEventSink sink;
  private Set<TopicPartition> writing = Set.of();

  Database(Map<String, String> properties, Claims claims) {
    this.properties = properties;
    this.claims = claims;
    this.config = new JdbcSinkConnectorConfig(properties);
    config.validate();
  }

  @Override
  public void write(List<SinkRecord> records) throws WriteException {
    try {
      if (sink == null) {
        open();
      }
      sink.execute(records);
    } catch (RuntimeException e) {
      Claims.Lost lost = lost(e);
      if (lost != null) {
        throw lost;
      }
      Failure failure = sink == null ? ofOpening(e) : Failure.of(e);
      if (failure.kind() == Failure.Kind.OUTAGE) {
        close();
      } else if (failure.sqlState() == null || failure.madeByOthers()) {
        // What did not come from Postgres may have left the session in any state; and one that
        // knows a table as it was before another task changed it would try the same again.
        closeSession();
      }
      throw new WriteException(failure, e);
    }
  }

  /**
   * Claims partitions.
   *
   * @throws WriteException if it can't be done now; then none is
   */
  void claim(List<TopicPartition> places) throws WriteException {
    connect();
    try {
      claims.took(inTransaction(connection -> claims.take(connection, places)));
    } catch (RuntimeException e) {
      Failure failure = ofOpening(e);
      if (failure.kind() == Failure.Kind.OUTAGE) {
        close();
      }
      throw new WriteException(failure, e);
    }
  }

  private <T> T inTransaction(ReturningWork<T> work) {
    Transaction transaction = session.beginTransaction();
    try {
      T result = session.doReturningWork(work);
      transaction.commit();
      return result;
    } catch (RuntimeException e) {
      quietly(transaction::rollback);
      throw e;
    }
  }

  private static Set<TopicPartition> places(List<JdbcSinkRecord> records) {
    Set<TopicPartition> places = new HashSet<>();
    for (JdbcSinkRecord record : records) {
      SinkRecord own = ((KafkaDebeziumSinkRecord) record).getOriginalKafkaRecord();
      places.add(new TopicPartition(own.originalTopic(), own.originalKafkaPartition()));
    }
    return places;
  }

  private static Claims.Lost lost(Throwable thrown) {
    Throwable each = thrown;
    for (int depth = 0; each != null && depth < 50; depth++) {
      if (each instanceof Claims.Lost lost) {
        return lost;
      }
      each = each.getCause();
    }
    return null;
  }

  /**
   * Connects, so that what can't work is told before the first record, and that one waits less.
   *
   * @throws WriteException if it can't be done now
   */
  void connect() throws WriteException {
    try {
      if (sink == null) {
        open();
      }
    } catch (RuntimeException e) {
      throw new WriteException(ofOpening(e), e);
    }
  }

  /** A connection that can't be made is no record's fault, whatever it looks like. */
  private static Failure ofOpening(RuntimeException e) {
    Failure failure = Failure.of(e);
    Failure.Kind kind = failure.kind() == Failure.Kind.DATA ? Failure.Kind.OUTAGE : failure.kind();
    if (Failure.ofTrust(e)) {
      kind = Failure.Kind.SETTING;
    }
    return new Failure(kind, failure.sqlState(), failure.message(), null, null, null);
  }

  /** Asks the driver itself: the layers above it say that it failed, and not why. */
  private void probe() {
    Properties login = new Properties();
    login.setProperty("user", properties.getOrDefault("connection.username", ""));
    login.setProperty("password", properties.getOrDefault("connection.password", ""));
    try (Connection probe = new Driver().connect(properties.get("connection.url"), login)) {
      LOG.debug("Postgres answers");
    } catch (SQLException e) {
      throw new ConnectException("Postgres can't be connected to: " + e.getMessage(), e);
    }
  }

  private void open() {
    probe();
    SessionFactory opening =
        sessions != null ? sessions : config.getHibernateConfiguration().buildSessionFactory();
    try {
      session = opening.openStatelessSession();
      DatabaseDialect dialect = DatabaseDialectResolver.resolve(config, opening);
      Writer writer = new Writer(session, config, dialect);
      ConnectorContext context =
          new ConnectorContext(
              properties.get("name"),
              "jdbc",
              properties.getOrDefault("task.id", "0"),
              "1",
              UUIDUtils.generateNewUUID(),
              Map.of());
      sink = new JdbcChangeEventSink(config, session, dialect, writer, context);
      sessions = opening;
    } finally {
      if (sessions == null) {
        opening.close();
      }
    }
  }

  @Override
  public void close() {
    // another server may take over, without the last commits of this one
    claims.forget();
    closeSession();
    SessionFactory closing = sessions;
    sessions = null;
    if (closing != null) {
      quietly(closing::close);
    }
  }

  private void closeSession() {
    JdbcChangeEventSink closing = sink;
    sink = null;
    if (closing != null) {
      quietly(closing::close);
    }
  }

  /** It was broken: what matters is that the next one is another. */
  private static void quietly(Runnable closing) {
    try {
      closing.run();
    } catch (RuntimeException e) {
      LOG.debug("Closing the connection to Postgres failed", e);
    }
  }

  /** Debezium's writer, whose constructor is for its own package and for subclasses. */
  private final class Writer extends DefaultRecordWriter {

    Writer(SharedSessionContract session, JdbcSinkConnectorConfig config, DatabaseDialect dialect) {
      super(session, new Holding(), config, dialect);
    }

    /** A transaction: one table's records, and so not all of a batch's partitions. */
    @Override
    public void write(TableDescriptor table, List<JdbcSinkRecord> records) {
      writing = places(records);
      super.write(table, records);
    }
  }

  /** Asked once in each transaction, with its statement: the place to make it depend on claims. */
  private final class Holding extends QueryBinderResolver {

    @Override
    public QueryBinder resolve(Object statement) {
      try {
        claims.hold(((PreparedStatement) statement).getConnection(), writing);
      } catch (SQLException e) {
        throw new ConnectException("The claims of partitions can't be read", e);
      }
      return super.resolve(statement);
    }
  }
}
