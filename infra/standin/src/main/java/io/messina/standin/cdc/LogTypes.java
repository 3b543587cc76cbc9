package io.messina.standin.cdc;

import org.apache.cassandra.db.marshal.AbstractType;
import org.apache.cassandra.db.marshal.ListType;
import org.apache.cassandra.db.marshal.MapType;
import org.apache.cassandra.db.marshal.SetType;
import org.apache.cassandra.db.marshal.ShortType;
import org.apache.cassandra.db.marshal.TimeUUIDType;

/** The types that a base column has in the log. */
public final class LogTypes {

  private LogTypes() {}

  /** The type of a column's values: the base table's, but frozen; a list is keyed by its cells. */
  public static AbstractType<?> valueType(AbstractType<?> base) {
    AbstractType<?> type = base.unwrap();
    if (!type.isMultiCell()) {
      return type;
    }
    if (type instanceof ListType<?> list) {
      return MapType.getInstance(TimeUUIDType.instance, list.getElementsType(), false);
    }
    return type.freeze();
  }

  /** The type that names deleted elements, or null where a column has no elements of its own. */
  public static SetType<?> deletedElementsType(AbstractType<?> base) {
    AbstractType<?> type = base.unwrap();
    if (!type.isMultiCell()) {
      return null;
    }
    return SetType.getInstance(elementKeyType(type), false);
  }

  private static AbstractType<?> elementKeyType(AbstractType<?> type) {
    if (type instanceof ListType<?>) {
      return TimeUUIDType.instance;
    }
    if (type instanceof SetType<?> set) {
      return set.getElementsType();
    }
    if (type instanceof MapType<?, ?> map) {
      return map.getKeysType();
    }
    return ShortType.instance;
  }
}
