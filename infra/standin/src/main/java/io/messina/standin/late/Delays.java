package io.messina.standin.late;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.apache.cassandra.schema.TableId;
import org.apache.cassandra.schema.TableMetadata;

/** The delay of each table; all are off when the stand-in starts. */
public final class Delays {

  private static final Map<TableId, Delay> DELAYS = new ConcurrentHashMap<>();

  private Delays() {}

  /** Sets the delay of the writes to a table from now on. */
  public static void set(TableMetadata table, Delay delay) {
    if (delay.equals(Delay.NONE)) {
      DELAYS.remove(table.id);
    } else {
      DELAYS.put(table.id, delay);
    }
  }

  /** The delay of a table. */
  public static Delay of(TableMetadata table) {
    return DELAYS.getOrDefault(table.id, Delay.NONE);
  }

  /** Shows the tables that have one. */
  public static void forEach(BiConsumer<TableId, Delay> consumer) {
    DELAYS.forEach(consumer);
  }
}
