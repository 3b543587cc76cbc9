package io.messina.connect.scylla.types;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A keyspace's user types, as {@code system_schema.types} has them; two are equal where nothing
 * changed.
 *
 * @param fields by the type's name, as it is without quotes: its fields in their order
 */
public record UserTypes(Map<String, List<Field>> fields) {

  /** No user types. */
  public static final UserTypes NONE = new UserTypes(Map.of());

  /**
   * A field of a user type.
   *
   * @param name its name, without quotes
   * @param type its type
   */
  public record Field(String name, CqlType type) {}

  /** Copies the fields, so that the types never change. */
  public UserTypes {
    Map<String, List<Field>> copy = new HashMap<>();
    fields.forEach((name, list) -> copy.put(name, List.copyOf(list)));
    fields = Map.copyOf(copy);
  }

  /**
   * A user type's fields, of the two lists in a row of {@code system_schema.types}.
   *
   * @param names the column {@code field_names}
   * @param types the column {@code field_types}
   */
  public static List<Field> fields(List<String> names, List<String> types) {
    Field[] fields = new Field[names.size()];
    for (int i = 0; i < fields.length; i++) {
      fields[i] = new Field(names.get(i), CqlType.parse(types.get(i)));
    }
    return List.of(fields);
  }

  /** The fields of the type that is spelled so in another type, quotes and all. */
  public Optional<List<Field>> named(String spelling) {
    return Optional.ofNullable(fields.get(unquoted(spelling)));
  }

  /**
   * Only those of them that these types use, directly or inside one another: a change of the others
   * is none for a table.
   */
  public UserTypes usedBy(Iterable<CqlType> types) {
    Map<String, List<Field>> used = new HashMap<>();
    types.forEach(type -> collect(type, used));
    return new UserTypes(used);
  }

  private void collect(CqlType type, Map<String, List<Field>> used) {
    type.arguments().forEach(argument -> collect(argument, used));
    Optional<List<Field>> found = type.arguments().isEmpty() ? named(type.name()) : Optional.empty();
    if (found.isEmpty() || Codecs.isScalar(type)) {
      return;
    }
    String name = unquoted(type.name());
    if (used.putIfAbsent(name, found.get()) == null) {
      found.get().forEach(field -> collect(field.type(), used));
    }
  }

  private static String unquoted(String name) {
    return name.length() > 1 && name.startsWith("\"")
        ? name.substring(1, name.length() - 1).replace("\"\"", "\"")
        : name;
  }
}
