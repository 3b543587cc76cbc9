package io.messina.standin.cdc;

import org.apache.cassandra.audit.AuditLogContext;
import org.apache.cassandra.cql3.CQLStatement;
import org.apache.cassandra.cql3.QueryOptions;
import org.apache.cassandra.cql3.statements.schema.AlterKeyspaceStatement;
import org.apache.cassandra.cql3.statements.schema.CreateKeyspaceStatement;
import org.apache.cassandra.exceptions.ConfigurationException;
import org.apache.cassandra.exceptions.InvalidRequestException;
import org.apache.cassandra.locator.SimpleStrategy;
import org.apache.cassandra.schema.KeyspaceMetadata;
import org.apache.cassandra.schema.Keyspaces;
import org.apache.cassandra.schema.Schema;
import org.apache.cassandra.service.ClientState;
import org.apache.cassandra.service.QueryState;
import org.apache.cassandra.transport.Dispatcher;
import org.apache.cassandra.transport.messages.ResultMessage;

/** A CREATE KEYSPACE whose tables will have tablets. */
public final class TabletKeyspaceStatement implements CQLStatement.SingleKeyspaceCqlStatement {

  private final CreateKeyspaceStatement statement;
  private final TabletOptions tablets;

  private TabletKeyspaceStatement(CreateKeyspaceStatement statement, TabletOptions tablets) {
    this.statement = statement;
    this.tablets = tablets;
  }

  /**
   * Wraps a statement that makes a keyspace with tablets, and refuses one that would give them to a
   * keyspace or take them away; any other is returned as it is.
   *
   * @param tablets the statement's {@code tablets} option, or null when it has none
   */
  public static CQLStatement wrap(CQLStatement statement, TabletOptions tablets) {
    if (tablets == null) {
      return statement;
    }
    if (statement instanceof CreateKeyspaceStatement create && tablets.enabled()) {
      return new TabletKeyspaceStatement(create, tablets);
    }
    if (statement instanceof AlterKeyspaceStatement alter
        && tablets.enabled() != TabletKeyspaces.contains(alter.keyspace())) {
      throw new InvalidRequestException(
          "Cannot alter replication strategy vnode/tablets flavor");
    }
    return statement;
  }

  @Override
  public String keyspace() {
    return statement.keyspace();
  }

  @Override
  public void authorize(ClientState state) {
    statement.authorize(state);
  }

  @Override
  public void validate(ClientState state) {
    statement.validate(state);
  }

  @Override
  public ResultMessage execute(
      QueryState state, QueryOptions options, Dispatcher.RequestTime requestTime) {
    return run(state, false);
  }

  @Override
  public ResultMessage executeLocally(QueryState state, QueryOptions options) {
    return run(state, true);
  }

  @Override
  public AuditLogContext getAuditLogContext() {
    return statement.getAuditLogContext();
  }

  private ResultMessage run(QueryState state, boolean locally) {
    if (Schema.instance.getKeyspaceMetadata(keyspace()) != null) {
      return statement.execute(state, locally);
    }
    KeyspaceMetadata made = statement.apply(Keyspaces.none()).getNullable(keyspace());
    if (made.params.replication.klass.equals(SimpleStrategy.class)) {
      throw new ConfigurationException("SimpleStrategy doesn't support tablet replication");
    }
    // First: a driver that hears of the keyspace asks at once whether it has tablets.
    TabletKeyspaces.add(keyspace(), tablets.initial());
    try {
      return statement.execute(state, locally);
    } catch (RuntimeException e) {
      TabletKeyspaces.remove(keyspace());
      throw e;
    }
  }
}
