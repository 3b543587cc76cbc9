package io.messina.standin.cql;

import io.messina.standin.cql.Token.Kind;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads a map of constants, as it stands behind a table option. */
final class MapLiteral {

  private final Statement statement;
  private int index;

  private MapLiteral(Statement statement, int index) {
    this.statement = statement;
    this.index = index;
  }

  /** Reads the map that is the whole value of an option. */
  static Map<String, String> read(Statement statement, Property property) {
    MapLiteral literal = new MapLiteral(statement, property.value());
    Map<String, String> map = literal.read();
    if (literal.index != property.to()) {
      throw statement.error(literal.index, "expecting AND or the end behind a map");
    }
    return map;
  }

  private Map<String, String> read() {
    Map<String, String> map = new LinkedHashMap<>();
    expect('{');
    if (!statement.isSymbol(index, '}')) {
      readEntry(map);
    }
    while (statement.isSymbol(index, ',')) {
      index++;
      readEntry(map);
    }
    expect('}');
    return map;
  }

  private void readEntry(Map<String, String> map) {
    Token key = statement.at(index);
    if (key == null || key.kind() != Kind.STRING) {
      throw statement.error(index, "expecting a string as the key of an option");
    }
    index++;
    expect(':');
    if (map.put(key.value(), readValue()) != null) {
      throw statement.error(index - 1, "the option '" + key.value() + "' is given twice");
    }
  }

  private String readValue() {
    String sign = "";
    if (statement.isSymbol(index, '-')) {
      sign = "-";
      index++;
    }
    Token value = statement.at(index);
    if (value == null || value.kind() == Kind.SYMBOL || value.kind() == Kind.QUOTED_NAME) {
      throw statement.error(index, "expecting a constant as the value of an option");
    }
    index++;
    return sign + value.value();
  }

  private void expect(char symbol) {
    if (!statement.isSymbol(index, symbol)) {
      throw statement.error(index, "expecting '" + symbol + "'");
    }
    index++;
  }
}
