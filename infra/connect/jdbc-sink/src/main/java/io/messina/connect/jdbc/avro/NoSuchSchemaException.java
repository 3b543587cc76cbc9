package io.messina.connect.jdbc.avro;

/** The registry says that it has no such schema. */
public final class NoSuchSchemaException extends UndecodableException {

  private static final long serialVersionUID = 1L;

  public NoSuchSchemaException(String message) {
    super(message);
  }
}
