package io.messina.standin.cql;

import java.util.Map;

/**
 * A CQL text that Cassandra understands, and what was taken out of it.
 *
 * @param cql the text to run
 * @param cdc the {@code cdc = {...}} of the statement as it was written, or null when it had none
 * @param tablets the {@code tablets = {...}} of a keyspace, or null when the statement had none
 */
public record RewrittenCql(String cql, Map<String, String> cdc, Map<String, String> tablets) {

  /** A text out of which nothing was taken that matters. */
  static RewrittenCql plain(String cql) {
    return new RewrittenCql(cql, null, null);
  }
}
