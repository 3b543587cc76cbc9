package io.messina.connect.jdbc.avro;

/** The registry does not answer now: what was asked for may be there all the same. */
public class RegistryUnavailableException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  RegistryUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
