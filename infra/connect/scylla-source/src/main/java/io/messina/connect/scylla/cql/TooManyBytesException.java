package io.messina.connect.scylla.cql;

/** The rows of a round are larger than what is to be held at once; it must be made in parts. */
public final class TooManyBytesException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Says what the limit was. */
  TooManyBytesException(long limit) {
    super("rows of more than " + limit + " bytes in one round", null, false, false);
  }
}
