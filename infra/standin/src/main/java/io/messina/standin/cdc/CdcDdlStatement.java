package io.messina.standin.cdc;

import org.apache.cassandra.audit.AuditLogContext;
import org.apache.cassandra.cql3.CQLStatement;
import org.apache.cassandra.cql3.QueryOptions;
import org.apache.cassandra.cql3.statements.schema.AlterSchemaStatement;
import org.apache.cassandra.cql3.statements.schema.AlterTableStatement;
import org.apache.cassandra.cql3.statements.schema.CreateTableStatement;
import org.apache.cassandra.cql3.statements.schema.CreateViewStatement;
import org.apache.cassandra.cql3.statements.schema.DropTableStatement;
import org.apache.cassandra.exceptions.InvalidRequestException;
import org.apache.cassandra.exceptions.SyntaxException;
import org.apache.cassandra.schema.KeyspaceMetadata;
import org.apache.cassandra.schema.Keyspaces;
import org.apache.cassandra.schema.Schema;
import org.apache.cassandra.schema.SchemaConstants;
import org.apache.cassandra.schema.TableId;
import org.apache.cassandra.service.ClientState;
import org.apache.cassandra.service.QueryState;
import org.apache.cassandra.transport.Dispatcher;
import org.apache.cassandra.transport.Event.SchemaChange;
import org.apache.cassandra.transport.messages.ResultMessage;

/** A CREATE, ALTER or DROP TABLE that changes the table and its log in one step, or neither. */
public final class CdcDdlStatement implements CQLStatement.SingleKeyspaceCqlStatement {

  private final AlterSchemaStatement statement;
  private final SchemaChange.Change change;
  private final CdcOptions requested;

  private CdcDdlStatement(
      AlterSchemaStatement statement, SchemaChange.Change change, CdcOptions requested) {
    this.statement = statement;
    this.change = change;
    this.requested = requested;
  }

  /**
   * Wraps a statement that can touch a log; any other is returned as it is.
   *
   * @param requested the statement's {@code cdc} option, or null when it has none
   */
  public static CQLStatement wrap(CQLStatement statement, CdcOptions requested) {
    if (statement instanceof CreateTableStatement create) {
      return new CdcDdlStatement(create, SchemaChange.Change.CREATED, requested);
    }
    if (statement instanceof AlterTableStatement alter) {
      return new CdcDdlStatement(alter, SchemaChange.Change.UPDATED, requested);
    }
    if (statement instanceof DropTableStatement drop) {
      return new CdcDdlStatement(drop, SchemaChange.Change.DROPPED, null);
    }
    if (requested == null) {
      return statement;
    }
    if (statement instanceof CreateViewStatement) {
      throw new InvalidRequestException("Cannot enable CDC for a materialized view");
    }
    throw new SyntaxException("Unknown property 'cdc'");
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
    return run(false);
  }

  @Override
  public ResultMessage executeLocally(QueryState state, QueryOptions options) {
    return run(true);
  }

  @Override
  public AuditLogContext getAuditLogContext() {
    return statement.getAuditLogContext();
  }

  private ResultMessage run(boolean locally) {
    refuseSystemKeyspace();
    var result = Schema.instance.transform(this::apply, locally);
    if (result.diff.isEmpty()) {
      return new ResultMessage.Void();
    }
    return new ResultMessage.SchemaChange(
        new SchemaChange(change, SchemaChange.Target.TABLE, keyspace(), table()));
  }

  private Keyspaces apply(Keyspaces before) {
    Keyspaces after = statement.apply(before);
    return new CdcSchema(before, after, keyspace(), table(), TableId::generate).follow(requested);
  }

  private String table() {
    return statement.getAuditLogContext().scope;
  }

  private void refuseSystemKeyspace() {
    KeyspaceMetadata metadata = Schema.instance.getKeyspaceMetadata(keyspace());
    boolean isVirtual = metadata != null && metadata.isVirtual();
    if (isVirtual || SchemaConstants.isLocalSystemKeyspace(keyspace())) {
      throw new InvalidRequestException(
          String.format("System keyspace '%s' is not user-modifiable", keyspace()));
    }
  }
}
