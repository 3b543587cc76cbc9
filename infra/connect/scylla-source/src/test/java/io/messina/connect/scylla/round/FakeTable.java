package io.messina.connect.scylla.round;

import com.scylladb.cdc.model.worker.RawChange.OperationType;
import io.messina.connect.scylla.cql.KeyPage;
import io.messina.connect.scylla.cql.LogEntry;
import io.messina.connect.scylla.cql.RowBudget;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.RowState;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.cql.TableStoppedException;
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
import java.util.OptionalLong;

/**
 * A table and its log in memory, with the key (id int, leg text), a text column "a", and perhaps a
 * static text column.
 */
final class FakeTable implements TableSource {

  private final List<LogEntry> log = new ArrayList<>();
  private final Map<RowKey, ByteBuffer> rows = new HashMap<>();
  private TableSchema schema;
  private OptionalLong lifetime = OptionalLong.empty();
  private TableStoppedException stopped;
  private RuntimeException failure;
  private Runnable beforeRows = () -> {};

  FakeTable(TableSchema schema) {
    this.schema = schema;
  }

  void alter(TableSchema now) {
    schema = now;
  }

  /** Whoever asks for the columns hears this, until it is null. */
  void stop(TableStoppedException why) {
    stopped = why;
  }

  void failNextRead() {
    failure = new IllegalStateException("a read failed");
  }

  /** The next reads of rows fail, until this is null. */
  void fail(RuntimeException why) {
    failure = why;
  }

  void keepLogFor(long micros) {
    lifetime = OptionalLong.of(micros);
  }

  /** What others do between the read of the log and that of the rows. */
  void beforeRows(Runnable others) {
    beforeRows = others;
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
    put(key, Tables.text(value));
    return key;
  }

  /** Writes the static row of a partition, or empties it where the value is null. */
  RowKey statics(int id, String value) {
    RowKey key = RowKey.ofStatic(List.of(Tables.number(id)));
    put(key, Tables.text(value));
    return key;
  }

  void put(RowKey key, ByteBuffer value) {
    if (value == null) {
      rows.remove(key);
    } else {
      rows.put(key, value);
    }
  }

  String value(RowKey key) {
    ByteBuffer value = rows.get(key);
    return value == null ? null : java.nio.charset.StandardCharsets.UTF_8.decode(value.duplicate()).toString();
  }

  void logOnly(int id, String leg, long micros, OperationType operation) {
    logged(id, leg, micros, 0, operation, 0);
  }

  void logged(int id, String leg, long micros, int sequence, OperationType operation, long ttl) {
    List<ByteBuffer> key = Arrays.asList(Tables.number(id), Tables.text(leg));
    long token = Murmur3.token(key.subList(0, 1));
    log.add(new LogEntry(key, token, TimeUuids.lowest(micros), sequence, operation, ttl));
  }

  @Override
  public TableSchema schema() {
    if (stopped != null) {
      throw stopped;
    }
    return schema;
  }

  @Override
  public void forgetSchema() {}

  @Override
  public OptionalLong logLifetime() {
    return lifetime;
  }

  @Override
  public void sweptUntil(long micros) {}

  @Override
  public List<LogEntry> log(Window window, Collection<TokenRange> slices, int limit) {
    schema();
    List<LogEntry> entries = log.stream().filter(entry -> window.contains(entry.micros())).toList();
    if (entries.size() > limit) {
      throw new TooManyRowsException(window);
    }
    return entries;
  }

  @Override
  public List<RowState> rows(List<RowKey> keys, RowBudget budget) {
    beforeRows.run();
    if (failure != null) {
      RuntimeException why = failure;
      failure = why instanceof IllegalStateException ? null : why;
      throw why;
    }
    List<RowState> found = keys.stream().map(this::row).toList();
    found.forEach(budget::take);
    return found;
  }

  RowState row(RowKey key) {
    if (!rows.containsKey(key)) {
      return RowState.absent(schema, key.kind());
    }
    ByteBuffer[] values = new ByteBuffer[schema.columns(key.kind()).size()];
    for (int i = 0; i < key.parts().size(); i++) {
      values[i] = key.parts().get(i);
    }
    values[key.parts().size()] = rows.get(key);
    return new RowState(schema, key.kind(), values);
  }

  @Override
  public KeyPage keys(
      TokenRange range, RowKey.Kind kind, Optional<KeyPage.Position> after, int limit) {
    return new KeyPage(List.copyOf(rows.keySet()), Optional.empty());
  }
}
