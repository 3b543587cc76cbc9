package io.messina.standin.cdc;

import io.messina.standin.cdc.Change.Kind;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.cassandra.db.Clustering;
import org.apache.cassandra.db.ClusteringComparator;
import org.apache.cassandra.db.Slice;
import org.apache.cassandra.db.partitions.PartitionUpdate;
import org.apache.cassandra.db.rows.Row;
import org.apache.cassandra.schema.ColumnMetadata;
import org.apache.cassandra.schema.TableMetadata;

/** The rows that a write touches, as they are before it and after each of its timestamps. */
final class Images {

  private final TableMetadata base;
  private final NavigableMap<Clustering<?>, RowState> rows;
  private RowState staticRow = new RowState();
  private boolean touchedStatic;

  private Images(TableMetadata base) {
    this.base = base;
    this.rows = new TreeMap<>(base.comparator);
  }

  /** Reads the rows of a write as they are now. */
  static Images read(PartitionUpdate update) {
    Images images = new Images(update.metadata());
    LocalRows reader = new LocalRows(update.metadata(), update.partitionKey());
    if (!update.staticRow().isEmpty()) {
      Row row = reader.readStatic();
      images.staticRow = row == null ? new RowState() : RowState.of(row);
    }
    Set<Clustering<?>> keys = new LinkedHashSet<>();
    update.forEach(row -> keys.add(row.clustering()));
    if (update.metadata().clusteringColumns().isEmpty()) {
      keys.add(Clustering.EMPTY);
    }
    for (Clustering<?> key : keys) {
      Row row = reader.read(key);
      if (row != null) {
        images.rows.put(key, RowState.of(row));
      }
    }
    return images;
  }

  /** Brings the rows up to date with the changes of one timestamp. */
  void apply(List<Change> changes) {
    for (Change change : changes) {
      switch (change.kind()) {
        case STATIC -> {
          touchedStatic = true;
          staticRow.apply(change);
        }
        case INSERT, UPDATE ->
            rows.computeIfAbsent(change.clustering(), key -> new RowState()).apply(change);
        case ROW_DELETE -> rows.remove(change.clustering());
        case RANGE_DELETE -> removeRange(change.range());
        case PARTITION_DELETE -> rows.clear();
        default -> throw new AssertionError(change.kind());
      }
    }
  }

  /** Writes the images from before the changes of one timestamp. */
  void writeBefore(LogRecord record, List<Change> changes, boolean full) {
    Set<ColumnMetadata> statics = columnsOf(changes, null);
    if (!statics.isEmpty() && hasStatic()) {
      Iterable<ColumnMetadata> shown = full ? base.staticColumns() : statics;
      record.image(Operation.PRE_IMAGE, null, staticRow, shown);
    }
    for (Clustering<?> key : keysOf(changes)) {
      RowState state = rows.get(key);
      if (state != null) {
        Iterable<ColumnMetadata> shown = full ? base.regularColumns() : columnsOf(changes, key);
        record.image(Operation.PRE_IMAGE, key, state, shown);
      }
    }
  }

  /** Writes the images from after the changes of one timestamp. */
  void writeAfter(LogRecord record, List<Change> changes) {
    if (changes.stream().anyMatch(change -> change.kind() == Kind.STATIC) && hasStatic()) {
      record.image(Operation.POST_IMAGE, null, staticRow, base.staticColumns());
    }
    for (Clustering<?> key : keysOf(changes)) {
      RowState state = rows.get(key);
      if (state != null) {
        record.image(Operation.POST_IMAGE, key, state, base.regularColumns());
      }
    }
  }

  private boolean hasStatic() {
    return touchedStatic || !staticRow.isEmpty();
  }

  private void removeRange(Slice range) {
    ClusteringComparator comparator = base.comparator;
    rows.keySet().removeIf(key -> range.includes(comparator, key));
  }

  /** The rows that the changes name; a partition delete names the only row of its partition. */
  private Set<Clustering<?>> keysOf(List<Change> changes) {
    Set<Clustering<?>> keys = new TreeSet<>(base.comparator);
    for (Change change : changes) {
      if (change.clustering() != null) {
        keys.add(change.clustering());
      } else if (isDeleteOfOnlyRow(change)) {
        keys.add(Clustering.EMPTY);
      }
    }
    return keys;
  }

  /** The columns that the changes touch in a row, or in the static row where the key is null. */
  private Set<ColumnMetadata> columnsOf(List<Change> changes, Clustering<?> key) {
    Set<ColumnMetadata> columns = new TreeSet<>();
    for (Change change : changes) {
      if (key == null) {
        if (change.kind() == Kind.STATIC) {
          change.columns().forEach(delta -> columns.add(delta.column()));
        }
      } else if (change.kind() == Kind.ROW_DELETE && key.equals(change.clustering())
          || isDeleteOfOnlyRow(change)) {
        base.regularColumns().forEach(columns::add);
      } else if (key.equals(change.clustering())) {
        change.columns().forEach(delta -> columns.add(delta.column()));
      }
    }
    return columns;
  }

  private boolean isDeleteOfOnlyRow(Change change) {
    return change.kind() == Kind.PARTITION_DELETE && base.clusteringColumns().isEmpty();
  }
}
