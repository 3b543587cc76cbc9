package io.messina.connect.scylla.types;

import java.util.ArrayList;
import java.util.List;

/**
 * A CQL type as {@code system_schema.columns} spells it, taken apart.
 *
 * @param name the outermost name, such as {@code int}, {@code map} or a user type's name, which
 *     keeps its quotes; a vector's dimension is the name of its second argument
 * @param arguments the types between the angle brackets, empty for a scalar
 */
public record CqlType(String name, List<CqlType> arguments) {

  private static final String FROZEN = "frozen";

  /** Copies the arguments, so that a type never changes. */
  public CqlType {
    arguments = List.copyOf(arguments);
  }

  /** Takes a spelling such as {@code frozen<map<text, int>>} apart. */
  public static CqlType parse(String text) {
    String spelling = text.trim();
    int open = open(spelling);
    if (open < 0) {
      if (spelling.isEmpty()) {
        throw new IllegalArgumentException("Not a CQL type: " + text);
      }
      return new CqlType(spelling, List.of());
    }
    if (!spelling.endsWith(">")) {
      throw new IllegalArgumentException("Not a CQL type: " + text);
    }
    int close = spelling.length() - 1;
    List<CqlType> arguments = new ArrayList<>();
    int start = open + 1;
    for (int comma = comma(spelling, start, close); ; comma = comma(spelling, start, close)) {
      arguments.add(parse(spelling.substring(start, comma)));
      if (comma == close) {
        return new CqlType(spelling.substring(0, open).trim(), arguments);
      }
      start = comma + 1;
    }
  }

  /** Where the argument ends that begins there: at its comma, or at the end of all. */
  private static int comma(String text, int from, int close) {
    int depth = 0;
    boolean quoted = false;
    for (int i = from; i < close; i++) {
      char c = text.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && c == ',' && depth == 0) {
        return i;
      } else if (!quoted) {
        depth += c == '<' ? 1 : c == '>' ? -1 : 0;
      }
    }
    return close;
  }

  private static int open(String text) {
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && c == '<') {
        return i;
      }
    }
    return -1;
  }

  /** The type without {@code frozen} around it: frozen or not, a value looks the same. */
  public CqlType thawed() {
    return name.equals(FROZEN) && arguments.size() == 1 ? arguments.get(0).thawed() : this;
  }

  @Override
  public String toString() {
    if (arguments.isEmpty()) {
      return name;
    }
    return name + "<" + String.join(", ", arguments.stream().map(CqlType::toString).toList()) + ">";
  }
}
