package io.messina.connect.scylla.cql;

/** The cluster names no CDC generation yet, as in its first seconds; asking again helps. */
public final class NoGenerationException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  NoGenerationException(TableId table) {
    super("no CDC generation is known for " + table);
  }
}
