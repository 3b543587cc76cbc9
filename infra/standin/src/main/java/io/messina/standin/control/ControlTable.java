package io.messina.standin.control;

import java.util.Iterator;
import org.apache.cassandra.db.marshal.AbstractType;
import org.apache.cassandra.db.marshal.CompositeType;
import org.apache.cassandra.db.marshal.UTF8Type;
import org.apache.cassandra.db.partitions.PartitionUpdate;
import org.apache.cassandra.db.rows.Cell;
import org.apache.cassandra.db.rows.Row;
import org.apache.cassandra.db.virtual.AbstractVirtualTable;
import org.apache.cassandra.db.virtual.SimpleDataSet;
import org.apache.cassandra.dht.LocalPartitioner;
import org.apache.cassandra.exceptions.InvalidRequestException;
import org.apache.cassandra.schema.TableMetadata;
import org.apache.cassandra.utils.ByteBufferUtil;

/**
 * A lever: a virtual table with one row for each table it can be pulled for. INSERT and UPDATE pull
 * it, and answer when it is done; SELECT shows where it stands.
 */
abstract class ControlTable extends AbstractVirtualTable {

  private static final String KEYSPACE_NAME = "keyspace_name";
  private static final String TABLE_NAME = "table_name";

  ControlTable(TableMetadata metadata) {
    super(metadata);
  }

  /** Begins the metadata of a lever, with the table that it is for as the key. */
  static TableMetadata.Builder named(String name, String comment) {
    return TableMetadata.builder(Controls.KEYSPACE, name)
        .kind(TableMetadata.Kind.VIRTUAL)
        .partitioner(
            new LocalPartitioner(CompositeType.getInstance(UTF8Type.instance, UTF8Type.instance)))
        .comment(comment)
        .addPartitionKeyColumn(KEYSPACE_NAME, UTF8Type.instance)
        .addPartitionKeyColumn(TABLE_NAME, UTF8Type.instance);
  }

  /** Pulls the lever for a table. */
  abstract void pull(String keyspace, String table, Row row);

  /** Adds a row for each table for which there is something to show. */
  abstract void show(SimpleDataSet rows);

  @Override
  public final void apply(PartitionUpdate update) {
    Iterator<Row> rows = update.iterator();
    if (!rows.hasNext()) {
      throw new InvalidRequestException(
          metadata.name + " takes INSERT and UPDATE, nothing is deleted from it");
    }
    CompositeType type = (CompositeType) metadata.partitionKeyType;
    var key = type.split(update.partitionKey().getKey());
    pull(UTF8Type.instance.compose(key[0]), UTF8Type.instance.compose(key[1]), rows.next());
  }

  @Override
  public final DataSet data() {
    SimpleDataSet rows = new SimpleDataSet(metadata);
    show(rows);
    return rows;
  }

  /** The value that a row sets a column to, or {@code otherwise}. */
  @SuppressWarnings("unchecked")
  final <T> T value(Row row, String column, T otherwise) {
    var definition = metadata.getColumn(ByteBufferUtil.bytes(column));
    Cell<?> cell = row.getCell(definition);
    if (cell == null || cell.isTombstone()) {
      return otherwise;
    }
    return ((AbstractType<T>) definition.type).compose(cell.buffer());
  }
}
