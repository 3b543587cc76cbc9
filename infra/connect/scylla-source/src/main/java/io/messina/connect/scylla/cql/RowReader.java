package io.messina.connect.scylla.cql;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import shaded.com.scylladb.cdc.driver3.driver.core.BoundStatement;
import shaded.com.scylladb.cdc.driver3.driver.core.PagingState;
import shaded.com.scylladb.cdc.driver3.driver.core.PreparedStatement;
import shaded.com.scylladb.cdc.driver3.driver.core.ResultSet;
import shaded.com.scylladb.cdc.driver3.driver.core.Row;

/**
 * Reads a table's rows and static rows by key, and by token.
 *
 * <p>Pages begin small and grow as long as their rows are: a page is in memory as a whole.
 */
final class RowReader {

  private record Next(PagingState state) implements KeyPage.Position {}

  private static final int FIRST_PAGE = 4;
  private static final int PAGE_BYTES = 2 << 20;

  private final CqlSession session;
  private final InFlight inFlight;
  private final TableSchema schema;
  private final PreparedStatement rows;
  private final PreparedStatement statics;
  private PreparedStatement range;
  private PreparedStatement staticRange;
  private int pageRows = FIRST_PAGE;

  RowReader(CqlSession session, InFlight inFlight, TableSchema schema) {
    this.session = session;
    this.inFlight = inFlight;
    this.schema = schema;
    this.rows = session.prepare(schema.rowQuery());
    this.statics = schema.hasStatics() ? session.prepare(schema.staticQuery()) : null;
  }

  List<RowState> rows(List<RowKey> wanted, RowBudget budget) throws InterruptedException {
    return inFlight.all(
        wanted,
        key ->
            Reads.named(read(key), schema.id(), () -> "reading " + wanted.size() + " rows")
                .whenComplete(
                    (row, error) -> {
                      if (row != null) {
                        budget.take(row);
                      }
                    }));
  }

  private CompletableFuture<RowState> read(RowKey key) {
    if (key.kind() == RowKey.Kind.STATIC && statics == null) {
      return CompletableFuture.completedFuture(RowState.absent(schema, key.kind()));
    }
    BoundStatement query = (key.kind() == RowKey.Kind.STATIC ? statics : rows).bind();
    for (int i = 0; i < key.parts().size(); i++) {
      query.setBytesUnsafe(i, key.parts().get(i).duplicate());
    }
    return session.allAsync(query, page -> true).thenApply(found -> state(key.kind(), found));
  }

  private RowState state(RowKey.Kind kind, List<Row> found) {
    return found.isEmpty()
        ? RowState.absent(schema, kind)
        : RowState.of(schema, kind, values(found.get(0), schema.columns(kind).size()));
  }

  private static ByteBuffer[] values(Row row, int count) {
    ByteBuffer[] values = new ByteBuffer[count];
    for (int i = 0; i < count; i++) {
      values[i] = row.getBytesUnsafe(i);
    }
    return values;
  }

  KeyPage keys(
      long first, long last, RowKey.Kind kind, Optional<KeyPage.Position> after, int limit) {
    if (kind == RowKey.Kind.STATIC && statics == null) {
      return new KeyPage(List.of(), Optional.empty());
    }
    BoundStatement query = rangeQuery(kind).bind();
    query.setLong(0, first).setLong(1, last).setFetchSize(Math.min(limit, pageRows));
    after.ifPresent(position -> query.setPagingState(((Next) position).state()));
    ResultSet page = session.page(query);
    int keyColumns = schema.key(kind).size();
    int columns = schema.columns(kind).size();
    List<RowKey> found = new ArrayList<>();
    Map<RowKey, RowState> rows = new HashMap<>();
    long bytes = 0;
    for (int i = page.getAvailableWithoutFetching(); i > 0; i--) {
      ByteBuffer[] values = values(page.one(), columns);
      List<ByteBuffer> key = Arrays.asList(values).subList(0, keyColumns);
      // A partition that has nothing but statics comes as a row without a clustering key.
      boolean there =
          kind == RowKey.Kind.ROW ? !key.contains(null) : !RowState.isEmpty(values, keyColumns);
      if (there) {
        RowKey rowKey = new RowKey(kind, key);
        RowState row = RowState.of(schema, kind, values);
        found.add(rowKey);
        rows.put(rowKey, row);
        bytes += row.size();
      }
    }
    grow(found.size(), bytes);
    return new KeyPage(
        found,
        rows,
        Optional.ofNullable(page.getExecutionInfo().getPagingState()).map(Next::new));
  }

  /** The next page holds about as many rows as fit, and not many times more than this one. */
  private void grow(int rows, long bytes) {
    if (rows > 0) {
      long fit = PAGE_BYTES / Math.max(1, bytes / rows);
      pageRows = (int) Math.max(1, Math.min(fit, 4L * pageRows));
    }
  }

  private PreparedStatement rangeQuery(RowKey.Kind kind) {
    if (kind == RowKey.Kind.STATIC) {
      staticRange =
          staticRange == null ? session.prepare(schema.staticRangeQuery()) : staticRange;
      return staticRange;
    }
    range = range == null ? session.prepare(schema.rangeQuery()) : range;
    return range;
  }
}
