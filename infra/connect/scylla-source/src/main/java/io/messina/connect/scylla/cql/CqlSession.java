package io.messina.connect.scylla.cql;

import io.messina.connect.scylla.SourceConfig;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntPredicate;
import shaded.com.scylladb.cdc.driver3.common.util.concurrent.FutureCallback;
import shaded.com.scylladb.cdc.driver3.common.util.concurrent.Futures;
import shaded.com.scylladb.cdc.driver3.common.util.concurrent.MoreExecutors;
import shaded.com.scylladb.cdc.driver3.driver.core.Cluster;
import shaded.com.scylladb.cdc.driver3.driver.core.ConsistencyLevel;
import shaded.com.scylladb.cdc.driver3.driver.core.HostDistance;
import shaded.com.scylladb.cdc.driver3.driver.core.Metadata;
import shaded.com.scylladb.cdc.driver3.driver.core.PoolingOptions;
import shaded.com.scylladb.cdc.driver3.driver.core.PreparedStatement;
import shaded.com.scylladb.cdc.driver3.driver.core.ProtocolVersion;
import shaded.com.scylladb.cdc.driver3.driver.core.QueryOptions;
import shaded.com.scylladb.cdc.driver3.driver.core.ResultSet;
import shaded.com.scylladb.cdc.driver3.driver.core.Row;
import shaded.com.scylladb.cdc.driver3.driver.core.Session;
import shaded.com.scylladb.cdc.driver3.driver.core.SocketOptions;
import shaded.com.scylladb.cdc.driver3.driver.core.Statement;
import shaded.com.scylladb.cdc.driver3.driver.core.policies.ConstantReconnectionPolicy;
import shaded.com.scylladb.cdc.driver3.driver.core.policies.DCAwareRoundRobinPolicy;
import shaded.com.scylladb.cdc.driver3.driver.core.policies.LoadBalancingPolicy;
import shaded.com.scylladb.cdc.driver3.driver.core.policies.RoundRobinPolicy;
import shaded.com.scylladb.cdc.driver3.driver.core.policies.TokenAwarePolicy;

/**
 * A session of the driver that is shaded into scylla-cdc-driver3, with settings that outlive a
 * restart of the server.
 *
 * <p>The library's own {@code Driver3Session} reconnects with pauses of up to ten minutes and
 * cannot be told otherwise.
 */
public final class CqlSession implements AutoCloseable {

  private static final int RECONNECT_MS = 1_000;

  /** Longer than from the check of a configuration to the start of its tasks. */
  private static final Duration LINGER = Duration.ofSeconds(15);

  /** As many as the protocol can tell apart: all tasks of a worker share a connection. */
  private static final int REQUESTS_PER_CONNECTION = 32_768;

  private static final int REQUESTS_WAITING = 65_536;

  private static final Shared<SessionKey, Open> OPEN =
      new Shared<>(open -> open.cluster().closeAsync(), LINGER);

  /** A connected session of the driver. */
  private record Open(Cluster cluster, Session session) {}

  private final SessionKey key;
  private final Cluster cluster;
  private final Session session;
  private final ConsistencyLevel consistency;
  private final AtomicBoolean closed = new AtomicBoolean();

  private CqlSession(SessionKey key, Open open) {
    this.key = key;
    this.cluster = open.cluster();
    this.session = open.session();
    this.consistency = key.consistency();
  }

  /**
   * Connects, or throws one of the driver's exceptions with nothing left open.
   *
   * <p>Tasks that would connect in the same way share the driver's session, whose threads, schema
   * and connections would otherwise be there once for each: with a hundred tables, each change of a
   * schema would have the whole schema read a hundred times.
   *
   * @throws RefusedException where waiting would not help
   */
  public static CqlSession connect(SourceConfig config) {
    SessionKey key = SessionKey.of(config);
    return new CqlSession(key, OPEN.take(key, () -> open(config)));
  }

  /** Connects anew and leaves again, to hear why a session that there is gets no answer. */
  public static void probe(SourceConfig config) {
    open(config).cluster().closeAsync();
  }

  private static Open open(SourceConfig config) {
    Refusals refusals = new Refusals(config);
    Cluster cluster = builder(config).build();
    try {
      cluster.init();
      refusals.checkDatacenter(cluster.getMetadata());
      return new Open(cluster, cluster.connect());
    } catch (RuntimeException e) {
      cluster.closeAsync();
      throw refusals.explain(e);
    }
  }

  private static Cluster.Builder builder(SourceConfig config) {
    LoadBalancingPolicy nodes =
        config.localDatacenter().isEmpty()
            ? new RoundRobinPolicy()
            : DCAwareRoundRobinPolicy.builder().withLocalDc(config.localDatacenter()).build();
    List<InetSocketAddress> contactPoints = config.contactPoints();
    Cluster.Builder builder =
        Cluster.builder()
            .withPort(contactPoints.get(0).getPort())
            .addContactPointsWithPorts(contactPoints)
            .withProtocolVersion(ProtocolVersion.V4)
            .withLoadBalancingPolicy(new TokenAwarePolicy(nodes))
            .withReconnectionPolicy(new ConstantReconnectionPolicy(RECONNECT_MS))
            .withPoolingOptions(
                new PoolingOptions()
                    .setMaxRequestsPerConnection(HostDistance.LOCAL, REQUESTS_PER_CONNECTION)
                    .setMaxQueueSize(REQUESTS_WAITING))
            .withSocketOptions(
                new SocketOptions()
                    .setConnectTimeoutMillis(config.connectTimeoutMillis())
                    .setReadTimeoutMillis(config.requestTimeoutMillis()))
            .withQueryOptions(
                new QueryOptions()
                    .setConsistencyLevel(config.consistency())
                    .setDefaultIdempotence(true))
            .withoutJMXReporting();
    Tls.of(config).map(Tls::options).ifPresent(builder::withSSL);
    if (!config.user().isEmpty()) {
      builder.withCredentials(config.user(), config.password());
    }
    return builder;
  }

  /** The driver's view of the cluster. */
  public Metadata metadata() {
    return cluster.getMetadata();
  }

  /** The consistency for system_distributed: a quorum where there is more than one node. */
  public ConsistencyLevel quorum() {
    return metadata().getAllHosts().size() > 1 ? ConsistencyLevel.QUORUM : ConsistencyLevel.ONE;
  }

  /** Prepares a statement for the configured consistency. */
  public PreparedStatement prepare(String query) {
    return session.prepare(query).setConsistencyLevel(consistency);
  }

  /** Runs a statement and waits for all its rows. */
  public List<Row> all(Statement statement) {
    return session.execute(statement).all();
  }

  /** Runs a statement and waits for the first page of its rows. */
  public ResultSet page(Statement statement) {
    return session.execute(statement);
  }

  /**
   * Starts a statement; completes with the rows of all its pages.
   *
   * @param more is told how many rows each page had, and says whether to go on
   */
  public CompletableFuture<List<Row>> allAsync(Statement statement, IntPredicate more) {
    CompletableFuture<List<Row>> rows = new CompletableFuture<>();
    try {
      Futures.addCallback(
          session.executeAsync(statement), new Pages(rows, more), MoreExecutors.directExecutor());
    } catch (RuntimeException e) {
      rows.completeExceptionally(e);
    }
    return rows;
  }

  /** The version of the schema that the contact node knows. */
  public String schemaVersion() {
    Row row = session.execute("SELECT schema_version FROM system.local WHERE key = 'local'").one();
    return String.valueOf(row.getUUID(0));
  }

  /** Whether all nodes that are up have the same schema. */
  public boolean schemaAgreed() {
    return metadata().checkSchemaAgreement();
  }

  /** Takes the driver's exception out of what wraps it. */
  public static RuntimeException unwrap(CompletionException e) {
    RuntimeException found = e;
    // What a stage throws comes wrapped, and what is made of that once more.
    while (found instanceof CompletionException && found.getCause() instanceof RuntimeException) {
      found = (RuntimeException) found.getCause();
    }
    return found;
  }

  /** Leaves it to others; the last leaves it to be closed after a while. Twice is harmless. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      OPEN.giveBack(key);
    }
  }

  /** Collects page after page. */
  private static final class Pages implements FutureCallback<ResultSet> {
    private final CompletableFuture<List<Row>> done;
    private final IntPredicate more;
    private final List<Row> rows = new ArrayList<>();

    Pages(CompletableFuture<List<Row>> done, IntPredicate more) {
      this.done = done;
      this.more = more;
    }

    @Override
    public void onSuccess(ResultSet page) {
      try {
        int count = page.getAvailableWithoutFetching();
        for (int i = count; i > 0; i--) {
          rows.add(page.one());
        }
        if (!more.test(count) || page.isFullyFetched()) {
          done.complete(rows);
        } else {
          Futures.addCallback(page.fetchMoreResults(), this, MoreExecutors.directExecutor());
        }
      } catch (RuntimeException e) {
        done.completeExceptionally(e);
      }
    }

    @Override
    public void onFailure(Throwable error) {
      done.completeExceptionally(error);
    }
  }
}
