package io.messina.connect.jdbc.avro;

/** Bytes that are no record of a schema that the registry has: they will never be one. */
public class UndecodableException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  UndecodableException(String message) {
    super(message);
  }

  UndecodableException(String message, Throwable cause) {
    super(message, cause);
  }
}
