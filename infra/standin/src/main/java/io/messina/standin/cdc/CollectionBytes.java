package io.messina.standin.cdc;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import org.apache.cassandra.db.marshal.AbstractType;
import org.apache.cassandra.db.marshal.CollectionType;
import org.apache.cassandra.db.marshal.SetType;
import org.apache.cassandra.db.marshal.TupleType;
import org.apache.cassandra.db.marshal.UserType;
import org.apache.cassandra.serializers.CollectionSerializer;

/** Puts the elements of a collection or UDT together to the one value that the log holds. */
final class CollectionBytes {

  private CollectionBytes() {}

  /** Returns the value of a column of the given type whose elements are these, by their keys. */
  static ByteBuffer value(AbstractType<?> base, NavigableMap<ByteBuffer, ByteBuffer> elements) {
    AbstractType<?> type = base.unwrap();
    if (type instanceof UserType user) {
      return userType(user, elements);
    }
    List<ByteBuffer> parts = new ArrayList<>();
    elements.forEach(
        (key, value) -> {
          parts.add(key);
          if (!(type instanceof SetType<?>)) {
            parts.add(value);
          }
        });
    return CollectionSerializer.pack(parts, elements.size());
  }

  /** Returns the set of these keys. */
  static ByteBuffer keys(Set<ByteBuffer> keys) {
    return CollectionSerializer.pack(new ArrayList<>(keys), keys.size());
  }

  /** The order of a collection's elements. */
  static AbstractType<?> keyType(AbstractType<?> base) {
    AbstractType<?> type = base.unwrap();
    if (type instanceof CollectionType<?> collection) {
      return collection.nameComparator();
    }
    return ((UserType) type).nameComparator();
  }

  private static ByteBuffer userType(
      UserType type, NavigableMap<ByteBuffer, ByteBuffer> elements) {
    ByteBuffer[] fields = new ByteBuffer[type.size()];
    elements.forEach((key, value) -> fields[key.getShort(key.position())] = value);
    return TupleType.buildValue(fields);
  }
}
