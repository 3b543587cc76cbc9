package io.messina.standin.cql;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The options of a DDL statement: {@code WITH a = 1 AND b = {...} AND ...}. */
final class PropertyChain {

  private final int with;
  private final List<Property> properties;

  private PropertyChain(int with, List<Property> properties) {
    this.with = with;
    this.properties = properties;
  }

  /** Index of the token {@code WITH}. */
  int with() {
    return with;
  }

  List<Property> properties() {
    return properties;
  }

  /** Finds the options of a statement; empty when it has none, or none that can be understood. */
  static Optional<PropertyChain> find(Statement statement) {
    int with = statement.findOutside("with", 0);
    if (with <= 0 || statement.isWord(with - 1, "masked")) {
      return Optional.empty();
    }
    List<Property> found = new ArrayList<>();
    int index = with + 1;
    while (true) {
      Property property = readOne(statement, index);
      if (property == null) {
        return Optional.empty();
      }
      found.add(property);
      if (!statement.isWord(property.to(), "and")) {
        break;
      }
      index = property.to() + 1;
    }
    return Optional.of(new PropertyChain(with, found));
  }

  private static Property readOne(Statement statement, int from) {
    Token name = statement.at(from);
    if (name == null || !name.isName()) {
      return null;
    }
    int to = endOfMember(statement, from);
    if (!statement.isSymbol(from + 1, '=')) {
      return new Property(null, from, from, to);
    }
    return to == from + 2 ? null : new Property(name.name(), from, from + 2, to);
  }

  /** Returns the index of what follows a member: an AND outside all brackets, or the end. */
  private static int endOfMember(Statement statement, int from) {
    int depth = 0;
    int index = from;
    while (!statement.isEnd(index)) {
      if (depth == 0 && statement.isWord(index, "and")) {
        return index;
      }
      depth += statement.depthChange(index);
      index++;
    }
    return index;
  }
}
