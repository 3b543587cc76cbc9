package io.messina.standin.cql;

import java.util.Map;

/**
 * A CQL text that Cassandra understands, and what was taken out of it.
 *
 * @param cql the text to run
 * @param cdc the {@code cdc = {...}} of the statement as it was written, or null when it had none
 */
public record RewrittenCql(String cql, Map<String, String> cdc) {}
