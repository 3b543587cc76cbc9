package io.messina.connect.scylla.round;

import com.scylladb.cdc.model.worker.RawChange.OperationType;
import io.messina.connect.scylla.cql.LogEntry;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.event.Gap;
import io.messina.connect.scylla.look.Remembered;
import io.messina.connect.scylla.offset.SliceId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The gaps of one table: what the log showed in a round and a re-read of single rows does not carry.
 *
 * <p>A gap is told once: what was told stays remembered until the second look has passed it. Of a
 * key's expiries within five seconds only a later one than was told is told again. After a restart
 * nothing is remembered; the same gaps then come again, with the same ids.
 */
final class GapsSeen {

  private final Remembered<UUID, Long> told = new Remembered<>();
  private final Map<UUID, Gap> found = new LinkedHashMap<>();
  private Optional<LogEntry> left = Optional.empty();
  private SliceId leftSlice;

  /** A round, or another attempt at it, begins. */
  void begin() {
    found.clear();
    left = Optional.empty();
  }

  /** The round saw this entry; entries of a write come one after the other. */
  void see(LogEntry entry, SliceId slice, TableSchema schema) {
    if (left.isPresent() && !closes(entry, left.get())) {
      end(schema);
    }
    if (entry.isLeftBound()) {
      left = Optional.of(entry);
      leftSlice = slice;
    } else if (entry.isBound()) {
      add(Gap.rangeDelete(slice, schema, left, Optional.of(entry)));
      left = Optional.empty();
    } else if (entry.operation() == OperationType.PARTITION_DELETE) {
      if (schema.hasClustering()) {
        add(Gap.partitionDelete(slice, schema, entry));
      }
    } else if (entry.hasLostKey(schema)) {
      add(Gap.lostKey(slice, schema, entry));
    } else if (entry.ttl() > 0 && !entry.isImage()) {
      Optional<RowKey> key = entry.names(schema);
      key.ifPresent(row -> add(Gap.ttl(slice, schema, row, entry)));
    }
  }

  /** The look is over: a range that has not ended is open. */
  void end(TableSchema schema) {
    left.ifPresent(
        entry -> add(Gap.rangeDelete(leftSlice, schema, Optional.of(entry), Optional.empty())));
    left = Optional.empty();
  }

  /** Another gap of this round, which the log does not show. */
  void add(Gap gap) {
    if (isNews(gap)) {
      found.merge(gap.subject(), gap, (one, other) -> later(one, other) ? one : other);
    }
  }

  /** What is to be told in this round. */
  List<Gap> found() {
    return List.copyOf(found.values());
  }

  /** Whether it was not told yet, or not for so long. */
  boolean isNews(Gap gap) {
    return told.get(gap.subject()).map(due -> gap.dueMicros() > due).orElse(true);
  }

  /** Notes what goes out; {@code windowEnd} is the end of the first look's window. */
  void told(Gap gap, long windowEnd) {
    told.put(gap.subject(), gap.dueMicros(), windowEnd);
  }

  /** Forgets what no second look will see again. */
  void sweptUntil(long micros) {
    told.sweptUntil(micros);
  }

  private static boolean later(Gap one, Gap other) {
    return one.dueMicros() >= other.dueMicros();
  }

  private static boolean closes(LogEntry entry, LogEntry left) {
    return entry.isBound()
        && !entry.isLeftBound()
        && entry.time().equals(left.time())
        && entry.sequence() == left.sequence() + 1;
  }
}
