package io.messina.standin.control;

import java.util.List;
import java.util.Set;
import org.apache.cassandra.db.ColumnFamilyStore;
import org.apache.cassandra.db.Keyspace;
import org.apache.cassandra.db.marshal.UTF8Type;
import org.apache.cassandra.db.rows.Row;
import org.apache.cassandra.db.virtual.SimpleDataSet;
import org.apache.cassandra.exceptions.InvalidRequestException;
import org.apache.cassandra.schema.Schema;

/** Takes files of rows into a table, as {@code nodetool import} does; the log does not see them. */
final class ImportControl extends ControlTable {

  private static final String FOLDER = "folder";

  ImportControl() {
    super(
        named("imports", "INSERT moves the files of a folder into a table")
            .addRegularColumn(FOLDER, UTF8Type.instance)
            .build());
  }

  @Override
  void pull(String keyspace, String table, Row row) {
    String folder = value(row, FOLDER, null);
    if (folder == null) {
      throw new InvalidRequestException("Say in which folder the files are");
    }
    if (Schema.instance.getTableMetadata(keyspace, table) == null) {
      throw new InvalidRequestException("There is no table " + keyspace + "." + table);
    }
    ColumnFamilyStore store = Keyspace.open(keyspace).getColumnFamilyStore(table);
    List<String> failed =
        store.importNewSSTables(
            Set.of(folder), false, false, false, false, false, false, false);
    if (!failed.isEmpty()) {
      throw new InvalidRequestException("Not imported: " + failed);
    }
  }

  @Override
  void show(SimpleDataSet rows) {
    // What was imported shows in the table.
  }
}
