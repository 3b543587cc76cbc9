package io.messina.connect.scylla.cql;

import io.messina.connect.scylla.offset.Micros;

/**
 * The cluster names no CDC generation yet, as in its first seconds, or none of its streams, as where
 * another node answers that does not know them yet; asking again helps.
 */
public final class NoGenerationException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  NoGenerationException(String whose) {
    super("no CDC generation is known for " + whose);
  }

  NoGenerationException(long start) {
    super("no stream is known of the CDC generation of " + Micros.text(start));
  }
}
