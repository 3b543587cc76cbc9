package io.messina.connect.scylla.offset;

import io.messina.connect.scylla.cql.TableId;
import java.util.HashMap;
import java.util.Map;

/**
 * One slice of one table: the unit that a task owns, and Connect's source partition.
 *
 * @param table the table
 * @param slice the slice of the ring, and the Kafka partition
 */
public record SliceId(TableId table, int slice) {

  static final String KEYSPACE = "keyspace";
  static final String TABLE = "table";
  static final String SLICE = "slice";

  /**
   * Connect's source partition.
   *
   * <p>A plain HashMap, as Connect makes one of the partitions in a PATCH of offsets: it finds
   * offsets by the bytes of the partition's JSON, so the order of the entries counts.
   */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new HashMap<>();
    map.put(KEYSPACE, table.keyspace());
    map.put(TABLE, table.name());
    map.put(SLICE, (long) slice);
    return map;
  }

  /** The slice that a source partition names. */
  public static SliceId fromMap(Map<String, ?> map) {
    if (map.get(KEYSPACE) instanceof String keyspace
        && map.get(TABLE) instanceof String table
        && map.get(SLICE) instanceof Number slice
        && slice.doubleValue() == slice.intValue()
        && map.size() == 3) {
      return new SliceId(new TableId(keyspace, table), slice.intValue());
    }
    throw new IllegalArgumentException(
        "expected {\"keyspace\": text, \"table\": text, \"slice\": integer}, got " + map);
  }

  /** Reads {@code keyspace.table:slice}. */
  public static SliceId parse(String text) {
    int colon = text.lastIndexOf(':');
    return new SliceId(
        TableId.parse(text.substring(0, colon)), Integer.parseInt(text.substring(colon + 1)));
  }

  @Override
  public String toString() {
    return table + ":" + slice;
  }
}
