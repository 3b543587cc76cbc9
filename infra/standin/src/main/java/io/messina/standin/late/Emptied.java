package io.messina.standin.late;

import java.lang.reflect.Field;
import org.apache.cassandra.db.partitions.PartitionUpdate;

/**
 * Takes everything out of a write that Cassandra is about to do. A trigger can add to a write but
 * not hold it back, so this exchanges the two fields that hold what is written.
 */
final class Emptied {

  private static final Field[] FIELDS = {field("holder"), field("deletionInfo")};

  private Emptied() {}

  /** Leaves a write that does nothing. */
  static void empty(PartitionUpdate update) {
    PartitionUpdate nothing =
        PartitionUpdate.emptyUpdate(update.metadata(), update.partitionKey());
    try {
      for (Field field : FIELDS) {
        field.set(update, field.get(nothing));
      }
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  private static Field field(String name) {
    try {
      Field field = PartitionUpdate.class.getDeclaredField(name);
      field.setAccessible(true);
      return field;
    } catch (NoSuchFieldException e) {
      throw new ExceptionInInitializerError(e);
    }
  }
}
