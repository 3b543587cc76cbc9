package io.messina.connect.scylla.cql;

import com.scylladb.cdc.model.StreamId;
import com.scylladb.cdc.model.worker.RawChange.OperationType;
import io.messina.connect.scylla.ring.Murmur3;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import shaded.com.scylladb.cdc.driver3.driver.core.PreparedStatement;
import shaded.com.scylladb.cdc.driver3.driver.core.Row;

/** Reads a window of a table's log, from each of some streams. */
final class LogReader {

  private static final int KEY_AT = 4;

  private final CqlSession session;
  private final InFlight inFlight;
  private final TableSchema schema;
  private final PreparedStatement query;

  /**
   * A reader of the log.
   *
   * @param before the reader of the table as it was, or null; where the query is the same it is not
   *     prepared again
   */
  LogReader(CqlSession session, InFlight inFlight, TableSchema schema, LogReader before) {
    this.session = session;
    this.inFlight = inFlight;
    this.schema = schema;
    boolean same = before != null && before.query.getQueryString().equals(schema.logQuery());
    this.query = same ? before.query : session.prepare(schema.logQuery());
  }

  /** All rows of the window in these streams: stream by stream, each by time and sequence. */
  List<LogEntry> read(Collection<StreamId> streams, Window window, int limit)
      throws InterruptedException {
    UUID from = TimeUuids.lowest(window.from());
    UUID to = TimeUuids.lowest(window.to());
    AtomicInteger total = new AtomicInteger();
    IntPredicate more = rows -> total.addAndGet(rows) <= limit;
    List<List<Row>> rows =
        inFlight.all(
            List.copyOf(streams),
            stream -> {
              CompletableFuture<List<Row>> read =
                  session.allAsync(query.bind(stream.getValue(), from, to), more);
              return Reads.named(read, schema.id(), () -> what(stream, window));
            });
    if (total.get() > limit) {
      throw new TooManyRowsException(window);
    }
    List<LogEntry> entries = new ArrayList<>(total.get());
    rows.forEach(stream -> stream.forEach(row -> entries.add(entry(row))));
    return entries;
  }

  private static String what(StreamId stream, Window window) {
    ByteBuffer id = stream.getValue();
    byte[] bytes = new byte[id.remaining()];
    id.duplicate().get(bytes);
    return "log stream 0x" + HexFormat.of().formatHex(bytes) + ", window " + window;
  }

  private LogEntry entry(Row row) {
    ByteBuffer[] key = new ByteBuffer[schema.key().size()];
    for (int i = 0; i < key.length; i++) {
      key[i] = row.getBytesUnsafe(KEY_AT + i);
    }
    List<ByteBuffer> parts = Arrays.asList(key);
    return new LogEntry(
        parts,
        token(schema.id(), parts.subList(0, schema.partitionKey().size())),
        row.getUUID(0),
        row.getInt(1),
        OperationType.parse(row.getByte(2)),
        row.getLong(3));
  }

  /** The token of a partition key, which a log row has lost where a column of it was renamed. */
  static long token(TableId table, List<ByteBuffer> partitionKey) {
    if (partitionKey.stream().anyMatch(Objects::isNull)) {
      throw new TableStoppedException(
          "Table "
              + table
              + ": a column of its partition key was renamed, and the log rows of before do not say"
              + " any more which partitions changed. Its offsets were kept. PATCH both times of its"
              + " slices to the time of the RENAME, restart the task, then compare the table with"
              + " the sink (`messina reconcile run`).",
          null);
    }
    return Murmur3.token(partitionKey);
  }
}
