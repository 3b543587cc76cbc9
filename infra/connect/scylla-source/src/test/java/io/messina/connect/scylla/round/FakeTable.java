package io.messina.connect.scylla.round;

import com.scylladb.cdc.model.worker.RawChange.OperationType;
import io.messina.connect.scylla.cql.KeyPage;
import io.messina.connect.scylla.cql.LogEntry;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.RowState;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.cql.Tables;
import io.messina.connect.scylla.cql.TimeUuids;
import io.messina.connect.scylla.cql.TooManyRowsException;
import io.messina.connect.scylla.cql.Window;
import io.messina.connect.scylla.ring.Murmur3;
import io.messina.connect.scylla.ring.Slices;
import io.messina.connect.scylla.ring.TokenRange;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A table and its log in memory, with the key (id int, leg text) and a text column "a". */
final class FakeTable implements TableSource {

  private final List<LogEntry> log = new ArrayList<>();
  private final Map<RowKey, String> rows = new HashMap<>();
  private TableSchema schema;
  private boolean fail;

  FakeTable(TableSchema schema) {
    this.schema = schema;
  }

  void alter(TableSchema now) {
    schema = now;
  }

  void failNextRead() {
    fail = true;
  }

  int sliceOf(RowKey key, int slices) {
    return new Slices(slices).of(Murmur3.token(key.parts().subList(0, 1)));
  }

  /** Writes the row, or deletes it where the value is null, and its log. */
  RowKey write(int id, String leg, String value, long micros, OperationType operation) {
    logOnly(id, leg, micros, operation);
    return rowOnly(id, leg, value);
  }

  RowKey rowOnly(int id, String leg, String value) {
    RowKey key = Tables.key(id, leg);
    if (value == null) {
      rows.remove(key);
    } else {
      rows.put(key, value);
    }
    return key;
  }

  void logOnly(int id, String leg, long micros, OperationType operation) {
    List<ByteBuffer> key = Arrays.asList(Tables.number(id), Tables.text(leg));
    log.add(
        new LogEntry(
            key, Murmur3.token(key.subList(0, 1)), TimeUuids.lowest(micros), 0, operation, 0));
  }

  @Override
  public TableSchema schema() {
    return schema;
  }

  @Override
  public void forgetSchema() {}

  @Override
  public List<LogEntry> log(Window window, Collection<TokenRange> slices, int limit) {
    List<LogEntry> entries = log.stream().filter(entry -> window.contains(entry.micros())).toList();
    if (entries.size() > limit) {
      throw new TooManyRowsException(window);
    }
    return entries;
  }

  @Override
  public List<RowState> rows(List<RowKey> keys) {
    if (fail) {
      fail = false;
      throw new IllegalStateException("a read failed");
    }
    return keys.stream().map(this::row).toList();
  }

  private RowState row(RowKey key) {
    if (!rows.containsKey(key)) {
      return RowState.absent(schema, key.kind());
    }
    ByteBuffer[] values = new ByteBuffer[schema.rowColumns().size()];
    values[0] = key.parts().get(0);
    values[1] = key.parts().get(1);
    values[2] = Tables.text(rows.get(key));
    return new RowState(schema, key.kind(), values);
  }

  @Override
  public KeyPage keys(
      TokenRange range, RowKey.Kind kind, Optional<KeyPage.Position> after, int limit) {
    return new KeyPage(List.copyOf(rows.keySet()), Optional.empty());
  }
}
