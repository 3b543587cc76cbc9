package io.messina.connect.jdbc.sink;

import io.debezium.connector.common.UUIDUtils;
import io.debezium.connector.jdbc.DefaultRecordWriter;
import io.debezium.connector.jdbc.JdbcChangeEventSink;
import io.debezium.connector.jdbc.JdbcSinkConnectorConfig;
import io.debezium.connector.jdbc.QueryBinderResolver;
import io.debezium.connector.jdbc.dialect.DatabaseDialect;
import io.debezium.connector.jdbc.dialect.DatabaseDialectResolver;
import io.debezium.openlineage.ConnectorContext;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.sink.SinkRecord;
import org.hibernate.SessionFactory;
import org.hibernate.SharedSessionContract;
import org.hibernate.StatelessSession;
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
  private SessionFactory sessions;
  private JdbcChangeEventSink sink;

  Database(Map<String, String> properties) {
    this.properties = properties;
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
      Failure failure = sink == null ? ofOpening(e) : Failure.of(e);
      if (failure.kind() == Failure.Kind.OUTAGE) {
        close();
      } else if (failure.sqlState() == null) {
        // What did not come from Postgres may have left the session in any state.
        closeSession();
      }
      throw new WriteException(failure, e);
    }
  }

  /** A connection that can't be made is no record's fault, whatever it looks like. */
  private static Failure ofOpening(RuntimeException e) {
    Failure failure = Failure.of(e);
    if (failure.kind() != Failure.Kind.DATA) {
      return failure;
    }
    return new Failure(
        Failure.Kind.OUTAGE, failure.sqlState(), failure.message(), null, null, null);
  }

  private void open() {
    SessionFactory opening =
        sessions != null ? sessions : config.getHibernateConfiguration().buildSessionFactory();
    try {
      StatelessSession session = opening.openStatelessSession();
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
  private static final class Writer extends DefaultRecordWriter {

    Writer(SharedSessionContract session, JdbcSinkConnectorConfig config, DatabaseDialect dialect) {
      super(session, new QueryBinderResolver(), config, dialect);
    }
  }
}
