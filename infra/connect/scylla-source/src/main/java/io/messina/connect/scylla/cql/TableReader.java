package io.messina.connect.scylla.cql;

import com.scylladb.cdc.model.StreamId;
import com.scylladb.cdc.model.worker.RawChange.OperationType;
import io.messina.connect.scylla.ring.Murmur3;
import io.messina.connect.scylla.ring.TokenRange;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import shaded.com.scylladb.cdc.driver3.driver.core.BoundStatement;
import shaded.com.scylladb.cdc.driver3.driver.core.PreparedStatement;
import shaded.com.scylladb.cdc.driver3.driver.core.Row;

/**
 * Reads one table: its log by window, its rows by key, with statements prepared again when the
 * table changed.
 */
public final class TableReader implements TableSource {

  private static final Logger LOG = LoggerFactory.getLogger(TableReader.class);
  private static final int KEY_AT = 3;

  private final CqlSession session;
  private final TableId table;
  private final InFlight inFlight;
  private final Generations generations;
  private String schemaVersion;
  private TableSchema schema;
  private PreparedStatement logQuery;
  private PreparedStatement rowQuery;

  /** Reads a table over a session, with a bound on the reads at a time. */
  public TableReader(CqlSession session, TableId table, InFlight inFlight) {
    this.session = session;
    this.table = table;
    this.inFlight = inFlight;
    this.generations = new Generations(session, table);
  }

  @Override
  public TableSchema schema() {
    String version = session.schemaVersion();
    if (!version.equals(schemaVersion)) {
      // Asked before the columns are read: while nodes disagree, the columns may come from one that
      // does not know of the change that the version speaks of, and would be taken for the newest.
      boolean agreed = session.schemaAgreed();
      SchemaReader reader = new SchemaReader(session);
      TableSchema now = reader.read(table).orElseThrow(() -> new TableGoneException(table));
      reader.read(table.log()).orElseThrow(() -> new TableGoneException(table));
      if (!now.equals(schema)) {
        TableRules.refuse(now);
        LOG.info(
            "{}: {} columns, key {}",
            table,
            now.columns().size(),
            now.key().stream().map(Column::name).toList());
        if (logQuery == null || !logQuery.getQueryString().equals(now.logQuery())) {
          logQuery = session.prepare(now.logQuery());
        }
        rowQuery = session.prepare(now.rowQuery());
        schema = now;
      }
      schemaVersion = agreed ? version : null;
    }
    return schema;
  }

  @Override
  public void forgetSchema() {
    schemaVersion = null;
  }

  @Override
  public List<LogEntry> log(Window window, Collection<TokenRange> slices, int limit)
      throws InterruptedException {
    if (schemaVersion == null) {
      schema();
    }
    List<StreamId> streams = List.copyOf(generations.streams(window, slices));
    UUID from = TimeUuids.lowest(window.from());
    UUID to = TimeUuids.lowest(window.to());
    AtomicInteger total = new AtomicInteger();
    IntPredicate more = rows -> total.addAndGet(rows) <= limit;
    List<List<Row>> rows =
        inFlight.all(
            streams, stream -> session.allAsync(logQuery.bind(stream.getValue(), from, to), more));
    if (total.get() > limit) {
      throw new TooManyRowsException(window);
    }
    int keyColumns = schema.key().size();
    int partitionColumns = schema.partitionKey().size();
    List<LogEntry> entries = new ArrayList<>();
    rows.forEach(
        stream -> stream.forEach(row -> entries.add(entry(row, keyColumns, partitionColumns))));
    return entries;
  }

  private static LogEntry entry(Row row, int keyColumns, int partitionColumns) {
    ByteBuffer[] key = new ByteBuffer[keyColumns];
    for (int i = 0; i < keyColumns; i++) {
      key[i] = row.getBytesUnsafe(KEY_AT + i);
    }
    List<ByteBuffer> parts = Arrays.asList(key);
    return new LogEntry(
        parts,
        Murmur3.token(parts.subList(0, partitionColumns)),
        row.getUUID(0),
        OperationType.parse(row.getByte(1)),
        row.getLong(2));
  }

  @Override
  public List<RowState> rows(List<RowKey> keys) throws InterruptedException {
    return inFlight.all(keys, this::row);
  }

  private CompletableFuture<RowState> row(RowKey key) {
    TableSchema read = schema;
    BoundStatement query = rowQuery.bind();
    for (int i = 0; i < key.parts().size(); i++) {
      query.setBytesUnsafe(i, key.parts().get(i).duplicate());
    }
    return session.allAsync(query, rows -> true).thenApply(rows -> state(read, rows));
  }

  private static RowState state(TableSchema schema, List<Row> rows) {
    if (rows.isEmpty()) {
      return RowState.absent(schema);
    }
    ByteBuffer[] values = new ByteBuffer[schema.rowColumns().size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = rows.get(0).getBytesUnsafe(i);
    }
    return new RowState(schema, values);
  }
}
