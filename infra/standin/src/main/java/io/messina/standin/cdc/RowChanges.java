package io.messina.standin.cdc;

import io.messina.standin.cdc.Change.Kind;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.cassandra.db.Clustering;
import org.apache.cassandra.db.LivenessInfo;
import org.apache.cassandra.db.rows.Cell;
import org.apache.cassandra.db.rows.ColumnData;
import org.apache.cassandra.db.rows.ComplexColumnData;
import org.apache.cassandra.db.rows.Row;

/** Takes one row of a write apart into changes, one for each timestamp and TTL in it. */
final class RowChanges {

  private record Key(long timestamp, int ttl) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int byTime = Long.compare(timestamp, other.timestamp);
      return byTime != 0 ? byTime : Integer.compare(ttl, other.ttl);
    }
  }

  private final Clustering<?> clustering;
  private final Kind cellKind;
  private final SortedMap<Key, Change> upserts = new TreeMap<>();

  private RowChanges(Row row) {
    this.clustering = row.isStatic() ? null : row.clustering();
    this.cellKind = row.isStatic() ? Kind.STATIC : Kind.UPDATE;
  }

  /** Returns a row's changes: what it writes, then its deletion. */
  static List<Change> of(Row row) {
    return new RowChanges(row).extract(row);
  }

  private List<Change> extract(Row row) {
    LivenessInfo marker = row.primaryKeyLivenessInfo();
    if (!marker.isEmpty()) {
      Key key = new Key(marker.timestamp(), marker.ttl());
      upserts.put(key, Change.ofRow(Kind.INSERT, key.timestamp(), key.ttl(), clustering));
    }
    for (ColumnData data : row) {
      if (data instanceof ComplexColumnData complex) {
        addComplex(complex);
      } else {
        addCell((Cell<?>) data);
      }
    }
    List<Change> changes = new ArrayList<>();
    for (Change change : upserts.values()) {
      changes.add(change);
      splitOffAppends(change, changes);
    }
    if (!row.deletion().isLive()) {
      long timestamp = row.deletion().time().markedForDeleteAt();
      changes.add(Change.ofRow(Kind.ROW_DELETE, timestamp, 0, clustering));
    }
    return changes;
  }

  /** Assigning to a collection deletes it one microsecond before what is written. */
  private void addComplex(ComplexColumnData complex) {
    if (!complex.complexDeletion().isLive()) {
      long timestamp = complex.complexDeletion().markedForDeleteAt() + 1;
      at(timestamp, 0).column(complex.column()).wipe();
    }
    for (Cell<?> cell : complex) {
      addCell(cell);
    }
  }

  private void addCell(Cell<?> cell) {
    int ttl = cell.isTombstone() ? 0 : cell.ttl();
    at(cell.timestamp(), ttl).column(cell.column()).add(cell);
  }

  private Change at(long timestamp, int ttl) {
    return upserts.computeIfAbsent(
        new Key(timestamp, ttl), key -> Change.ofRow(cellKind, timestamp, ttl, clustering));
  }

  /**
   * No INSERT adds to a collection without deleting it first. So such additions, which come of
   * TTLs and batches, become an update of their own.
   */
  private static void splitOffAppends(Change change, List<Change> changes) {
    if (change.kind() != Kind.INSERT) {
      return;
    }
    Change update =
        Change.ofRow(Kind.UPDATE, change.timestamp(), change.ttl(), change.clustering());
    for (Iterator<ColumnDelta> it = change.columns().iterator(); it.hasNext(); ) {
      ColumnDelta delta = it.next();
      if (delta.column().isComplex() && !delta.wiped()) {
        update.columns().add(delta);
        it.remove();
      }
    }
    if (!update.columns().isEmpty()) {
      changes.add(update);
    }
  }
}
