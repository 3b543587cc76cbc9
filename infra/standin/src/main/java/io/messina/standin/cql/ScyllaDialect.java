package io.messina.standin.cql;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.cassandra.exceptions.ConfigurationException;
import org.apache.cassandra.exceptions.InvalidRequestException;

/** Turns ScyllaDB's CQL into Cassandra's. A text that cannot be understood is left as it is. */
public final class ScyllaDialect {

  private static final String CDC = "cdc";
  private static final String TABLETS = "tablets";

  private static final Set<String> DML =
      Set.of("begin", "delete", "insert", "select", "truncate", "update");

  private ScyllaDialect() {}

  /** Takes out of a text what only ScyllaDB knows. */
  public static RewrittenCql rewrite(String cql) {
    Statement statement = new Statement(cql);
    if (statement.size() == 0 || statement.isTorn()) {
      return RewrittenCql.plain(cql);
    }
    if (DML.contains(statement.at(0).name())) {
      return RewrittenCql.plain(rewriteDml(statement));
    }
    if (statement.isWord(0, "create") || statement.isWord(0, "alter")) {
      return rewriteDdl(statement);
    }
    return RewrittenCql.plain(cql);
  }

  private static String rewriteDml(Statement statement) {
    Edits edits = new Edits(statement.cql());
    boolean select = statement.isWord(0, "select");
    int index = 1;
    while (index < statement.size()) {
      if (statement.isWord(index, "using")) {
        index = UsingClause.rewrite(statement, index, edits);
      } else if (select && statement.hasWords(index, "bypass", "cache")) {
        edits.replace(statement.at(index).start(), statement.at(index + 1).end(), "");
        index += 2;
      } else {
        int behind = select ? SystemTables.rewrite(statement, index, edits) : index;
        index = Math.max(behind, index + 1);
      }
    }
    return edits.result();
  }

  private static RewrittenCql rewriteDdl(Statement statement) {
    return PropertyChain.find(statement)
        .map(chain -> rewriteDdl(statement, chain))
        .orElseGet(() -> RewrittenCql.plain(statement.cql()));
  }

  private static RewrittenCql rewriteDdl(Statement statement, PropertyChain chain) {
    List<Property> kept =
        chain.properties().stream()
            .filter(property -> !property.is(CDC))
            .filter(property -> !ScyllaOptions.isIgnored(statement, property))
            .toList();
    if (kept.size() == chain.properties().size()) {
      return RewrittenCql.plain(statement.cql());
    }
    Map<String, String> cdc = readMap(statement, chain, CDC);
    Map<String, String> tablets =
        isOfKeyspace(statement) ? readMap(statement, chain, TABLETS) : null;
    Edits edits = new Edits(statement.cql());
    int start = statement.at(chain.with()).start();
    int last = chain.properties().get(chain.properties().size() - 1).to();
    edits.replace(start, statement.at(last - 1).end(), withClause(statement, kept));
    return new RewrittenCql(edits.result(), cdc, tablets);
  }

  private static Map<String, String> readMap(
      Statement statement, PropertyChain chain, String name) {
    List<Property> found = chain.properties().stream().filter(p -> p.is(name)).toList();
    if (found.isEmpty()) {
      return null;
    }
    if (found.size() > 1) {
      throw statement.error(
          found.get(1).from(), "Multiple definition for property '" + name + "'");
    }
    Property property = found.get(0);
    if (!statement.isSymbol(property.value(), '{')) {
      throw new ConfigurationException(
          "Invalid value for property '"
              + name
              + "'. It should be a map, such as {'enabled': true}.");
    }
    return MapLiteral.read(statement, property);
  }

  private static boolean isOfKeyspace(Statement statement) {
    return statement.isWord(1, "keyspace") || statement.isWord(1, "schema");
  }

  private static String withClause(Statement statement, List<Property> kept) {
    if (!kept.isEmpty()) {
      return kept.stream()
          .map(property -> statement.text(property.from(), property.to()))
          .collect(Collectors.joining(" AND ", "WITH ", ""));
    }
    if (statement.isWord(0, "create")) {
      return "";
    }
    if (isOfKeyspace(statement)) {
      throw new InvalidRequestException(
          "Whether a keyspace has tablets is settled when it is made, and the stand-in changes"
              + " how many a table has by INSERT INTO messina_standin.generations");
    }
    // ALTER TABLE needs an option. Cassandra's own cdc is off everywhere: this changes nothing.
    return "WITH cdc = false";
  }
}
