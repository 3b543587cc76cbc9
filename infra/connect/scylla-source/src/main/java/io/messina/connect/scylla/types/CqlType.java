package io.messina.connect.scylla.types;

import java.util.ArrayList;
import java.util.List;

/**
 * A CQL type as {@code system_schema.columns} spells it, taken apart.
 *
 * @param name the outermost name, such as {@code int}, {@code map} or a user type's name
 * @param arguments the types between the angle brackets, empty for a scalar
 */
public record CqlType(String name, List<CqlType> arguments) {

  /** Copies the arguments, so that a type never changes. */
  public CqlType {
    arguments = List.copyOf(arguments);
  }

  /** Takes a spelling such as {@code frozen<map<text, int>>} apart. */
  public static CqlType parse(String text) {
    String spelling = text.trim();
    int open = spelling.indexOf('<');
    if (open < 0) {
      return new CqlType(spelling, List.of());
    }
    if (!spelling.endsWith(">")) {
      throw new IllegalArgumentException("Not a CQL type: " + text);
    }
    List<CqlType> arguments = new ArrayList<>();
    int depth = 0;
    int start = open + 1;
    for (int i = start; i < spelling.length(); i++) {
      char c = spelling.charAt(i);
      if (c == '<') {
        depth++;
      } else if (depth == 0 && (c == ',' || i == spelling.length() - 1)) {
        arguments.add(parse(spelling.substring(start, i)));
        start = i + 1;
      } else if (c == '>') {
        depth--;
      }
    }
    return new CqlType(spelling.substring(0, open).trim(), arguments);
  }

  @Override
  public String toString() {
    if (arguments.isEmpty()) {
      return name;
    }
    return name + "<" + String.join(", ", arguments.stream().map(CqlType::toString).toList()) + ">";
  }
}
