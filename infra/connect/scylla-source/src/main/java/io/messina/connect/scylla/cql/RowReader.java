package io.messina.connect.scylla.cql;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import shaded.com.scylladb.cdc.driver3.driver.core.BoundStatement;
import shaded.com.scylladb.cdc.driver3.driver.core.PagingState;
import shaded.com.scylladb.cdc.driver3.driver.core.PreparedStatement;
import shaded.com.scylladb.cdc.driver3.driver.core.ResultSet;
import shaded.com.scylladb.cdc.driver3.driver.core.Row;

/** Reads a table's rows and static rows by key, and their keys by token. */
final class RowReader {

  private record Next(PagingState state) implements KeyPage.Position {}

  private final CqlSession session;
  private final InFlight inFlight;
  private final TableSchema schema;
  private final PreparedStatement rows;
  private final PreparedStatement statics;
  private PreparedStatement keys;
  private PreparedStatement staticKeys;

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
    BoundStatement query = keysQuery(kind).bind();
    query.setLong(0, first).setLong(1, last).setFetchSize(limit);
    after.ifPresent(position -> query.setPagingState(((Next) position).state()));
    ResultSet page = session.page(query);
    int keyColumns = schema.key(kind).size();
    int columns = kind == RowKey.Kind.STATIC ? schema.columns(kind).size() : keyColumns;
    List<RowKey> found = new ArrayList<>();
    for (int i = page.getAvailableWithoutFetching(); i > 0; i--) {
      ByteBuffer[] values = values(page.one(), columns);
      List<ByteBuffer> key = Arrays.asList(values).subList(0, keyColumns);
      // A partition that has nothing but statics comes as a row without a clustering key.
      boolean there =
          kind == RowKey.Kind.ROW ? !key.contains(null) : !RowState.isEmpty(values, keyColumns);
      if (there) {
        found.add(new RowKey(kind, key));
      }
    }
    return new KeyPage(
        found, Optional.ofNullable(page.getExecutionInfo().getPagingState()).map(Next::new));
  }

  private PreparedStatement keysQuery(RowKey.Kind kind) {
    if (kind == RowKey.Kind.STATIC) {
      staticKeys = staticKeys == null ? session.prepare(schema.staticKeysQuery()) : staticKeys;
      return staticKeys;
    }
    keys = keys == null ? session.prepare(schema.keysQuery()) : keys;
    return keys;
  }
}
