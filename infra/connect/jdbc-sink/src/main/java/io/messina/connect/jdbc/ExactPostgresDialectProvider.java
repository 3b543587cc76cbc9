package io.messina.connect.jdbc;

import io.debezium.connector.jdbc.JdbcSinkConnectorConfig;
import io.debezium.connector.jdbc.dialect.DatabaseDialect;
import io.debezium.connector.jdbc.dialect.DatabaseDialectProvider;
import io.debezium.connector.jdbc.dialect.GeneralDatabaseDialect;
import io.debezium.connector.jdbc.dialect.postgres.PostgresDatabaseDialect.PostgresDatabaseDialectProvider;
import io.debezium.connector.jdbc.type.JdbcType;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.apache.kafka.connect.errors.ConnectException;
import org.hibernate.SessionFactory;
import org.hibernate.dialect.Dialect;

/**
 * Debezium's Postgres dialect, with {@link NumericType} in place of its own type for decimals.
 *
 * <p>Debezium takes the first provider that supports the database; its plugin folder is searched in
 * the order of file names, so this jar's name sorts before Debezium's. The dialect's constructor is
 * private and its method for registering a type is protected: hence the reflection, which fails
 * loudly at the start of the task if a later Debezium has changed them.
 */
public final class ExactPostgresDialectProvider implements DatabaseDialectProvider {

  private final DatabaseDialectProvider postgres = new PostgresDatabaseDialectProvider();

  @Override
  public boolean supports(Dialect dialect) {
    return postgres.supports(dialect);
  }

  @Override
  public Class<?> name() {
    return ExactPostgresDialectProvider.class;
  }

  @Override
  public DatabaseDialect instantiate(JdbcSinkConnectorConfig config, SessionFactory sessions) {
    DatabaseDialect dialect = postgres.instantiate(config, sessions);
    try {
      registerType().invoke(dialect, new NumericType());
      return dialect;
    } catch (ReflectiveOperationException e) {
      Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
      throw new ConnectException(
          "Debezium's Postgres dialect takes no other type for decimals; nothing was written. Use"
              + " the locked Debezium JDBC plugin.",
          cause);
    }
  }

  static Method registerType() throws NoSuchMethodException {
    Method register = GeneralDatabaseDialect.class.getDeclaredMethod("registerType", JdbcType.class);
    register.setAccessible(true);
    return register;
  }
}
