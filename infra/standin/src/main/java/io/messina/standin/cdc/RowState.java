package io.messina.standin.cdc;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.cassandra.db.rows.Cell;
import org.apache.cassandra.db.rows.ColumnData;
import org.apache.cassandra.db.rows.ComplexColumnData;
import org.apache.cassandra.db.rows.Row;
import org.apache.cassandra.schema.ColumnMetadata;

/**
 * A row as the images show it. As in ScyllaDB, changes are laid on top of what was read, whatever
 * the timestamps say.
 */
final class RowState {

  private final Map<ColumnMetadata, ByteBuffer> simple = new HashMap<>();
  private final Map<ColumnMetadata, NavigableMap<ByteBuffer, ByteBuffer>> complex =
      new HashMap<>();

  /** Takes the live cells of a row that was read. */
  static RowState of(Row row) {
    RowState state = new RowState();
    for (ColumnData data : row) {
      if (data instanceof ComplexColumnData cells) {
        for (Cell<?> cell : cells) {
          state.elements(cell.column()).put(cell.path().get(0), cell.buffer());
        }
      } else {
        Cell<?> cell = (Cell<?>) data;
        state.simple.put(cell.column(), cell.buffer());
      }
    }
    return state;
  }

  boolean isEmpty() {
    return simple.isEmpty() && complex.values().stream().allMatch(Map::isEmpty);
  }

  /** Lays a change on top. */
  void apply(Change change) {
    for (ColumnDelta delta : change.columns()) {
      if (delta.column().isComplex()) {
        applyComplex(delta);
      } else if (delta.wiped()) {
        simple.remove(delta.column());
      } else {
        delta.live().forEach(cell -> simple.put(cell.column(), cell.buffer()));
      }
    }
  }

  /** The value of a column as the log holds it, or null. */
  ByteBuffer value(ColumnMetadata column) {
    if (!column.isComplex()) {
      return simple.get(column);
    }
    NavigableMap<ByteBuffer, ByteBuffer> elements = complex.get(column);
    if (elements == null || elements.isEmpty()) {
      return null;
    }
    return CollectionBytes.value(column.type, elements);
  }

  private void applyComplex(ColumnDelta delta) {
    NavigableMap<ByteBuffer, ByteBuffer> elements = elements(delta.column());
    if (delta.wiped()) {
      elements.clear();
    }
    delta.live().forEach(cell -> elements.put(cell.path().get(0), cell.buffer()));
    delta.dead().forEach(cell -> elements.remove(cell.path().get(0)));
  }

  private NavigableMap<ByteBuffer, ByteBuffer> elements(ColumnMetadata column) {
    return complex.computeIfAbsent(
        column, c -> new TreeMap<>(CollectionBytes.keyType(column.type)));
  }
}
