package io.messina.standin.cdc;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.cassandra.cql3.ColumnIdentifier;
import org.apache.cassandra.db.marshal.AbstractType;
import org.apache.cassandra.db.marshal.BooleanType;
import org.apache.cassandra.db.marshal.ByteType;
import org.apache.cassandra.db.marshal.BytesType;
import org.apache.cassandra.db.marshal.Int32Type;
import org.apache.cassandra.db.marshal.LongType;
import org.apache.cassandra.db.marshal.SetType;
import org.apache.cassandra.db.marshal.TimeUUIDType;
import org.apache.cassandra.schema.CachingParams;
import org.apache.cassandra.schema.ColumnMetadata;
import org.apache.cassandra.schema.CompactionParams;
import org.apache.cassandra.schema.TableId;
import org.apache.cassandra.schema.TableMetadata;

/** The log table of a base table: how it is made, and how it follows the base table's columns. */
final class LogSchema {

  /** An extension by which a log is known; its value is empty. */
  static final String MARKER = "messina_cdc_log";

  private static final int MAX_WINDOWS = 24;
  private static final int SECONDS_PER_MINUTE = 60;

  private LogSchema() {}

  /** Says whether a table is a log that this server made. */
  static boolean isLog(TableMetadata table) {
    return table.params.extensions.containsKey(MARKER);
  }

  /** Makes the log of a base table, under the given id. */
  static TableMetadata create(TableMetadata base, CdcOptions options, TableId id) {
    TableMetadata.Builder log =
        TableMetadata.builder(base.keyspace, LogNames.logOf(base.name), id)
            .addPartitionKeyColumn(LogNames.STREAM_ID, BytesType.instance)
            .addClusteringColumn(LogNames.TIME, TimeUUIDType.instance)
            .addClusteringColumn(LogNames.BATCH_SEQ_NO, Int32Type.instance)
            .comment("CDC log for " + base.keyspace + "." + base.name)
            .caching(CachingParams.CACHE_NOTHING)
            .extensions(Map.of(MARKER, ByteBuffer.allocate(0)));
    if (options.ttl() > 0) {
      log.gcGraceSeconds(0).compaction(compactionFor(options.ttl()));
    }
    columnsOf(base).forEach((name, type) -> log.addRegularColumn(identifier(name), type));
    return log.build();
  }

  /** Gives a log the columns that its base table has now, and takes away those it has no longer. */
  static TableMetadata follow(TableMetadata base, TableMetadata log) {
    Map<String, AbstractType<?>> wanted = columnsOf(base);
    TableMetadata.Builder next = log.unbuild();
    long nowMicros = System.currentTimeMillis() * 1000;
    for (ColumnMetadata column : log.regularAndStaticColumns()) {
      if (!wanted.containsKey(column.name.toString())) {
        next.removeRegularOrStaticColumn(column.name);
        next.recordColumnDrop(column, nowMicros);
      }
    }
    wanted.forEach(
        (name, type) -> {
          if (log.getColumn(identifier(name)) == null) {
            next.addRegularColumn(identifier(name), type);
          }
        });
    return next.build();
  }

  /** The columns of a base table's log beyond its primary key, by name. */
  static Map<String, AbstractType<?>> columnsOf(TableMetadata base) {
    Map<String, AbstractType<?>> columns = new LinkedHashMap<>();
    columns.put(LogNames.OPERATION, ByteType.instance);
    columns.put(LogNames.TTL, LongType.instance);
    columns.put(LogNames.END_OF_BATCH, BooleanType.instance);
    for (ColumnMetadata column : base.columns()) {
      String name = column.name.toString();
      columns.put(name, LogTypes.valueType(column.type));
      if (column.isPrimaryKeyColumn()) {
        continue;
      }
      columns.put(LogNames.deleted(name), BooleanType.instance);
      SetType<?> deletedElements = LogTypes.deletedElementsType(column.type);
      if (deletedElements != null) {
        columns.put(LogNames.deletedElements(name), deletedElements);
      }
    }
    return columns;
  }

  /** As in ScyllaDB: the smallest windows of which the log's lifetime has no more than 24. */
  private static CompactionParams compactionFor(int ttl) {
    int windowSeconds = ceilDiv(ttl, MAX_WINDOWS);
    int windowMinutes = ceilDiv(windowSeconds, SECONDS_PER_MINUTE);
    int checkSeconds = Math.max(1, windowSeconds / 2);
    return CompactionParams.twcs(
        Map.of(
            "compaction_window_unit", "MINUTES",
            "compaction_window_size", String.valueOf(windowMinutes),
            "expired_sstable_check_frequency_seconds", String.valueOf(checkSeconds)));
  }

  private static int ceilDiv(int dividend, int divisor) {
    return dividend / divisor + (dividend % divisor == 0 ? 0 : 1);
  }

  private static ColumnIdentifier identifier(String name) {
    return ColumnIdentifier.getInterned(name, true);
  }
}
