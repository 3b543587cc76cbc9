package io.messina.standin;

import io.messina.standin.cdc.CdcDdlStatement;
import io.messina.standin.cdc.CdcOptions;
import io.messina.standin.cdc.ConditionalLog;
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
  private final Map<MD5Digest, CdcOptions> preparedOptions = new ConcurrentHashMap<>();

  @Override
  public CQLStatement parse(String query, QueryState state, QueryOptions options) {
    RewrittenCql rewritten = ScyllaDialect.rewrite(query);
    CdcOptions requested = optionsOf(rewritten);
    CQLStatement statement = cassandra.parse(rewritten.cql(), state, options);
    return CdcDdlStatement.wrap(statement, requested);
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
    CdcOptions requested = optionsOf(rewritten);
    ResultMessage.Prepared prepared = cassandra.prepare(rewritten.cql(), state, payload);
    if (requested != null) {
      preparedOptions.put(prepared.statementId, requested);
    }
    return prepared;
  }

  @Override
  public Prepared getPrepared(MD5Digest id) {
    Prepared prepared = cassandra.getPrepared(id);
    if (prepared == null) {
      return null;
    }
    CQLStatement wrapped = CdcDdlStatement.wrap(prepared.statement, preparedOptions.get(id));
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

  private static CdcOptions optionsOf(RewrittenCql rewritten) {
    return rewritten.cdc() == null ? null : CdcOptions.parse(rewritten.cdc());
  }

  private static ResultMessage run(CQLStatement statement, Supplier<ResultMessage> action) {
    return statement.hasConditions() ? ConditionalLog.run(action) : action.get();
  }
}
