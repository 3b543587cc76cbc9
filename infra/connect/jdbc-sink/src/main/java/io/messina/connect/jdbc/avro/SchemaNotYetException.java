package io.messina.connect.jdbc.avro;

/** The registry says that it has no such schema, and has not said so for long: it may come. */
public final class SchemaNotYetException extends RegistryUnavailableException {

  private static final long serialVersionUID = 1L;

  public SchemaNotYetException(NoSuchSchemaException cause) {
    super(cause.getMessage() + ", or one of its replicas does not know it yet", cause);
  }
}
