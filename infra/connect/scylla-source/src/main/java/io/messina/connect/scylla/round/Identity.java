package io.messina.connect.scylla.round;

import io.messina.connect.scylla.SourceConfig.Recreated;
import io.messina.connect.scylla.cql.Column;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.cql.TableStoppedException;
import io.messina.connect.scylla.offset.Micros;
import io.messina.connect.scylla.offset.SliceOffset;
import java.util.stream.Collectors;

/**
 * Compares a table with the one that a slice's offset speaks of.
 *
 * <p>Under another key events would not replace the rows that went out before. A table that was
 * dropped and created again has lost rows and log entries that nobody will tell of.
 */
final class Identity {

  private Identity() {}

  /** What an offset says of the table. */
  static SliceOffset.Table of(TableSchema schema) {
    String key = schema.key().stream().map(Column::name).collect(Collectors.joining(", "));
    return new SliceOffset.Table(schema.uuid(), key);
  }

  /**
   * Whether the table was dropped and created again since the offset.
   *
   * @throws TableStoppedException where it cannot go on so
   */
  static boolean isRecreated(TableId id, SliceOffset offset, TableSchema now, Recreated policy) {
    if (offset.table().isEmpty()) {
      return false;
    }
    SliceOffset.Table before = offset.table().get();
    SliceOffset.Table after = of(now);
    if (!before.key().equals(after.key())) {
      throw new TableStoppedException(
          "Table "
              + id
              + ": its key was ("
              + before.key()
              + ") and is ("
              + after.key()
              + "). Events with the new key would not replace the rows that went out with the old"
              + " one, so nothing was emitted since "
              + Micros.text(offset.fastUntil())
              + ", and its offsets were kept. Rename the column back; or give the sink's table the"
              + " new key and empty it, then stop the connector, PATCH the table's offsets without"
              + " \"table_id\" and \"key\", and resume.");
    }
    if (before.id().equals(after.id())) {
      return false;
    }
    if (policy == Recreated.STOP) {
      throw new TableStoppedException(
          "Table "
              + id
              + " was dropped and created again (its id was "
              + before.id()
              + " and is "
              + after.id()
              + "): what went with the old one is still in the sink. Nothing was emitted since "
              + Micros.text(offset.fastUntil())
              + ", and its offsets were kept. Set table.recreated=heal to go on with a gap over the"
              + " whole table, which is healed by comparing it; or take the table out of 'tables'.");
    }
    return true;
  }
}
