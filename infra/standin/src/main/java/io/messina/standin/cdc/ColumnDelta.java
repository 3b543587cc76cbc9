package io.messina.standin.cdc;

import java.util.ArrayList;
import java.util.List;
import org.apache.cassandra.db.rows.Cell;
import org.apache.cassandra.schema.ColumnMetadata;

/** What one change does to one column. */
final class ColumnDelta {

  private final ColumnMetadata column;
  private final List<Cell<?>> live = new ArrayList<>();
  private final List<Cell<?>> dead = new ArrayList<>();
  private boolean wiped;

  ColumnDelta(ColumnMetadata column) {
    this.column = column;
  }

  ColumnMetadata column() {
    return column;
  }

  /** The cells that were written: at most one, unless the column is a collection or a UDT. */
  List<Cell<?>> live() {
    return live;
  }

  /** The elements that were deleted from a collection or a UDT. */
  List<Cell<?>> dead() {
    return dead;
  }

  /** Whether the whole column was deleted, before what was written. */
  boolean wiped() {
    return wiped;
  }

  void wipe() {
    wiped = true;
  }

  void add(Cell<?> cell) {
    if (!cell.isTombstone()) {
      live.add(cell);
    } else if (column.isComplex()) {
      dead.add(cell);
    } else {
      wiped = true;
    }
  }
}
