package io.messina.standin.cdc;

import io.messina.standin.cdc.Change.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.cassandra.db.DeletionInfo;
import org.apache.cassandra.db.RangeTombstone;
import org.apache.cassandra.db.partitions.PartitionUpdate;
import org.apache.cassandra.db.rows.Row;

/** Takes a write to one partition apart into the changes that the log tells one by one. */
final class Changes {

  private Changes() {}

  /** Returns the changes by their timestamp, each timestamp's in the log's order. */
  static SortedMap<Long, List<Change>> of(PartitionUpdate update) {
    List<Change> all = extract(update);
    if (isMixed(all)) {
      all.sort(Comparator.comparing(Change::kind));
    }
    SortedMap<Long, List<Change>> byTimestamp = new TreeMap<>();
    for (Change change : all) {
      byTimestamp.computeIfAbsent(change.timestamp(), t -> new ArrayList<>()).add(change);
    }
    return byTimestamp;
  }

  private static List<Change> extract(PartitionUpdate update) {
    List<Change> changes = new ArrayList<>();
    if (!update.staticRow().isEmpty()) {
      changes.addAll(RowChanges.of(update.staticRow()));
    }
    for (Row row : update) {
      changes.addAll(RowChanges.of(row));
    }
    DeletionInfo deletion = update.deletionInfo();
    for (Iterator<RangeTombstone> it = deletion.rangeIterator(false); it.hasNext(); ) {
      RangeTombstone range = it.next();
      changes.add(Change.ofRange(range.deletionTime().markedForDeleteAt(), range.deletedSlice()));
    }
    if (!deletion.getPartitionDeletion().isLive()) {
      changes.add(Change.ofPartition(deletion.getPartitionDeletion().markedForDeleteAt()));
    }
    return changes;
  }

  /**
   * Says whether a write is more than one statement's worth: several timestamps, TTLs or kinds.
   * Then the kinds are sorted; otherwise rows stay in the order of their keys.
   */
  private static boolean isMixed(List<Change> changes) {
    Set<Kind> kinds = EnumSet.noneOf(Kind.class);
    for (Change change : changes) {
      Change first = changes.get(0);
      if (change.timestamp() != first.timestamp() || change.ttl() != first.ttl()) {
        return true;
      }
      kinds.add(change.kind().isUpsert() ? Kind.UPDATE : change.kind());
    }
    return kinds.size() > 1;
  }
}
