package io.messina.standin.cdc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.standin.cdc.Change.Kind;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.apache.cassandra.db.partitions.PartitionUpdate;
import org.apache.cassandra.schema.TableMetadata;
import org.junit.jupiter.api.Test;

class ChangesTest {

  private static final long T = 1_000;

  private final TableMetadata table =
      TestTables.parse(
          "CREATE TABLE t (p int, c int, s int static, v int, w int, m map<int, int>,"
              + " PRIMARY KEY (p, c))");

  private final PartitionUpdate.SimpleBuilder write =
      PartitionUpdate.simpleBuilder(table, 1).timestamp(T);

  /** An INSERT with its columns is one change. */
  @Test
  void insertIsOneChange() {
    write.row(1).add("v", 1).add("w", 2);
    List<Change> changes = changes().get(T);
    assertEquals(List.of(Kind.INSERT), kinds(changes));
    assertEquals(2, changes.get(0).columns().size());
  }

  /** A row without a marker is an update. */
  @Test
  void updateHasNoMarker() {
    write.row(1).noPrimaryKeyLivenessInfo().add("v", 1);
    assertEquals(List.of(Kind.UPDATE), kinds(changes().get(T)));
  }

  /** Every timestamp is a list of changes of its own, oldest first. */
  @Test
  void timestampsAreApart() {
    write.row(1).add("v", 1);
    write.timestamp(T - 5).row(2).add("v", 1);
    assertEquals(List.of(T - 5, T), List.copyOf(changes().keySet()));
  }

  /** Columns of one row with different TTLs are changes of their own, the shorter first. */
  @Test
  void ttlsAreApart() {
    write.ttl(50).row(1).noPrimaryKeyLivenessInfo().add("v", 1);
    write.ttl(20).row(1).noPrimaryKeyLivenessInfo().add("w", 1);
    assertEquals(List.of(20, 50), changes().get(T).stream().map(Change::ttl).toList());
  }

  /** Rows of one kind keep the order of their keys, whether inserted or updated. */
  @Test
  void upsertsKeepTheOrderOfKeys() {
    write.row(1).noPrimaryKeyLivenessInfo().add("v", 1);
    write.row(2).add("v", 1);
    assertEquals(List.of(Kind.UPDATE, Kind.INSERT), kinds(changes().get(T)));
  }

  /** A write of several kinds is sorted: static, inserts, updates, row deletes, range deletes. */
  @Test
  void mixedWritesAreSorted() {
    write.row(3).delete();
    write.row(2).noPrimaryKeyLivenessInfo().add("v", 1);
    write.row(4).add("v", 1);
    write.row().noPrimaryKeyLivenessInfo().add("s", 1);
    write.addRangeTombstone().start(7).end(9);
    assertEquals(
        List.of(Kind.STATIC, Kind.INSERT, Kind.UPDATE, Kind.ROW_DELETE, Kind.RANGE_DELETE),
        kinds(changes().get(T)));
  }

  /** Assigning to a collection counts as one change with the deletion a microsecond before it. */
  @Test
  void assignmentIsOneChange() {
    write.row(1).add("m", Map.of(1, 2));
    SortedMap<Long, List<Change>> changes = changes();
    assertEquals(Set.of(T), changes.keySet());
    ColumnDelta delta = changes.get(T).get(0).columns().get(0);
    assertTrue(delta.wiped());
    assertEquals(1, delta.live().size());
  }

  /** With a TTL, marker, deletion and elements of an assignment are three changes. */
  @Test
  void assignmentWithTtlIsThree() {
    write.ttl(50).row(1).add("m", Map.of(1, 2));
    List<Change> changes = changes().get(T);
    assertEquals(List.of(Kind.INSERT, Kind.UPDATE, Kind.UPDATE), kinds(changes));
    assertEquals(List.of(50, 0, 50), changes.stream().map(Change::ttl).toList());
  }

  /** What is added to a collection beside a marker is an update of its own. */
  @Test
  void appendBesideMarkerIsAnUpdate() {
    write.row(1).add("v", 1).appendAll("m", Map.of(1, 2));
    assertEquals(List.of(Kind.INSERT, Kind.UPDATE), kinds(changes().get(T)));
  }

  /** Deleting a partition is one change. */
  @Test
  void partitionDeleteIsOneChange() {
    write.delete();
    assertEquals(List.of(Kind.PARTITION_DELETE), kinds(changes().get(T)));
  }

  /** Takes the write apart; the builder gives it away only once. */
  private SortedMap<Long, List<Change>> changes() {
    return Changes.of(write.build());
  }

  private static List<Kind> kinds(List<Change> changes) {
    return changes.stream().map(Change::kind).toList();
  }
}
