package io.messina.connect.jdbc.avro;

/** Where schemas come from, by the ids that records carry. */
public interface SchemaSource {

  /**
   * Returns the Avro schema of an id, as JSON.
   *
   * @throws RegistryUnavailableException if it can't be asked for now
   * @throws UndecodableException if there is no such schema
   */
  String schema(int id);
}
