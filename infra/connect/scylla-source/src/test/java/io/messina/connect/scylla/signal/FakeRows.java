package io.messina.connect.scylla.signal;

import io.messina.connect.scylla.cql.KeyPage;
import io.messina.connect.scylla.cql.LogEntry;
import io.messina.connect.scylla.cql.RowBudget;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.RowState;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.cql.Tables;
import io.messina.connect.scylla.cql.Window;
import io.messina.connect.scylla.ring.Murmur3;
import io.messina.connect.scylla.ring.TokenRange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The keys of a table with the key (id int, leg text), paged by token. */
final class FakeRows implements TableSource {

  private record At(int index) implements KeyPage.Position {}

  final List<RowKey> keys = new ArrayList<>();
  TableSchema schema = Tables.flights("a");
  int pages;
  boolean fail;

  /** Rows with the ids from 0 up. */
  static FakeRows of(int count) {
    FakeRows rows = new FakeRows();
    for (int id = 0; id < count; id++) {
      rows.keys.add(Tables.key(id, "x"));
    }
    rows.keys.sort(Comparator.comparing(FakeRows::token));
    return rows;
  }

  static long token(RowKey key) {
    return Murmur3.token(key.parts().subList(0, 1));
  }

  @Override
  public TableSchema schema() {
    return schema;
  }

  @Override
  public void forgetSchema() {}

  @Override
  public OptionalLong logLifetime() {
    return OptionalLong.empty();
  }

  @Override
  public void sweptUntil(long micros) {}

  @Override
  public List<LogEntry> log(Window window, Collection<TokenRange> slices, int limit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<RowState> rows(List<RowKey> wanted, RowBudget budget) {
    throw new UnsupportedOperationException();
  }

  @Override
  public KeyPage keys(
      TokenRange range, RowKey.Kind kind, Optional<KeyPage.Position> after, int limit) {
    pages++;
    if (fail) {
      fail = false;
      throw new IllegalStateException("a read failed");
    }
    List<RowKey> inside = keys.stream().filter(key -> range.contains(token(key))).toList();
    int from = after.map(position -> ((At) position).index()).orElse(0);
    int to = Math.min(from + limit, inside.size());
    return new KeyPage(
        inside.subList(from, to),
        to < inside.size() ? Optional.of(new At(to)) : Optional.empty());
  }
}
