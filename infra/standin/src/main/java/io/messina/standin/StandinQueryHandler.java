package io.messina.standin;

import io.messina.standin.cdc.CdcDdlStatement;
import io.messina.standin.cdc.CdcOptions;
import io.messina.standin.cdc.ConditionalLog;
import io.messina.standin.cdc.TabletKeyspaceStatement;
import io.messina.standin.cdc.TabletOptions;
import io.messina.standin.cql.RewrittenCql;
import io.messina.standin.cql.ScyllaDialect;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.cassandra.cql3.BatchQueryOptions;
import org.apache.cassandra.cql3.CQLStatement;
import org.apache.cassandra.cql3.QueryHandler;
import org.apache.cassandra.cql3.QueryOptions;
import org.apache.cassandra.cql3.QueryProcessor;
import org.apache.cassandra.cql3.statements.BatchStatement;
import org.apache.cassandra.service.ClientState;
import org.apache.cassandra.service.QueryState;
import org.apache.cassandra.transport.Dispatcher;
import org.apache.cassandra.transport.messages.ResultMessage;
import org.apache.cassandra.utils.MD5Digest;

/** Takes ScyllaDB's CQL, plain, prepared or in batches, and hands Cassandra what it knows. */
public final class StandinQueryHandler implements QueryHandler {

  private final QueryProcessor cassandra = QueryProcessor.instance;
  private final Map<MD5Digest, Requested> requested = new ConcurrentHashMap<>();

  /** What a statement asks for that Cassandra does not know; null where it does not say. */
  private record Requested(CdcOptions cdc, TabletOptions tablets) {

    static final Requested NOTHING = new Requested(null, null);

    static Requested by(RewrittenCql cql) {
      return new Requested(
          cql.cdc() == null ? null : CdcOptions.parse(cql.cdc()),
          cql.tablets() == null ? null : TabletOptions.parse(cql.tablets()));
    }

    CQLStatement wrap(CQLStatement statement) {
      return TabletKeyspaceStatement.wrap(CdcDdlStatement.wrap(statement, cdc), tablets);
    }
  }

  @Override
  public CQLStatement parse(String query, QueryState state, QueryOptions options) {
    RewrittenCql rewritten = ScyllaDialect.rewrite(query);
    Requested wanted = Requested.by(rewritten);
    return wanted.wrap(cassandra.parse(rewritten.cql(), state, options));
  }

  @Override
  public ResultMessage process(
      CQLStatement statement,
      QueryState state,
      QueryOptions options,
      Map<String, ByteBuffer> payload,
      Dispatcher.RequestTime time) {
    return run(statement, () -> cassandra.process(statement, state, options, payload, time));
  }

  @Override
  public ResultMessage.Prepared prepare(
      String query, ClientState state, Map<String, ByteBuffer> payload) {
    RewrittenCql rewritten = ScyllaDialect.rewrite(query);
    Requested wanted = Requested.by(rewritten);
    ResultMessage.Prepared prepared = cassandra.prepare(rewritten.cql(), state, payload);
    if (!wanted.equals(Requested.NOTHING)) {
      requested.put(prepared.statementId, wanted);
    }
    return prepared;
  }

  @Override
  public Prepared getPrepared(MD5Digest id) {
    Prepared prepared = cassandra.getPrepared(id);
    if (prepared == null) {
      return null;
    }
    CQLStatement wrapped =
        requested.getOrDefault(id, Requested.NOTHING).wrap(prepared.statement);
    if (wrapped == prepared.statement) {
      return prepared;
    }
    return new Prepared(
        wrapped, prepared.rawCQLStatement, prepared.fullyQualified, prepared.keyspace);
  }

  @Override
  public ResultMessage processPrepared(
      CQLStatement statement,
      QueryState state,
      QueryOptions options,
      Map<String, ByteBuffer> payload,
      Dispatcher.RequestTime time) {
    return run(
        statement, () -> cassandra.processPrepared(statement, state, options, payload, time));
  }

  @Override
  public ResultMessage processBatch(
      BatchStatement batch,
      QueryState state,
      BatchQueryOptions options,
      Map<String, ByteBuffer> payload,
      Dispatcher.RequestTime time) {
    return run(batch, () -> cassandra.processBatch(batch, state, options, payload, time));
  }

  private static ResultMessage run(CQLStatement statement, Supplier<ResultMessage> action) {
    return statement.hasConditions() ? ConditionalLog.run(action) : action.get();
  }
}
