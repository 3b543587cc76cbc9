package io.messina.connect.scylla.types;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * How one CQL type looks in Kafka Connect, and in Messina's canonical JSON.
 *
 * <p>A codec works on the bytes of the CQL protocol and not on the driver's classes, which lose
 * what Messina must keep: dates before 1582, the scale of a decimal, an address that is IPv4 in
 * IPv6.
 *
 * <p>Bytes that are no value of the type are an {@link IllegalArgumentException}, or the {@link
 * java.nio.BufferUnderflowException} of their end.
 */
public interface Codec {

  /** A fresh builder of the schema, neither optional nor built. */
  SchemaBuilder schema();

  /**
   * The Connect value of these bytes; {@code null} where a fixed-size type has CQL's "empty" value.
   *
   * @param bytes the serialized value, never {@code null}; its position does not change
   * @param schema the field's schema, made of {@link #schema} and perhaps optional
   */
  Object decode(ByteBuffer bytes, Schema schema);

  /**
   * Writes the value's canonical JSON, which stands in jsonb columns, keys of signals and gaps, and
   * below a mask. {@link CanonicalJson} makes the generator that writes it to the letter.
   *
   * @param bytes the serialized value, never {@code null}; its position does not change
   */
  void json(ByteBuffer bytes, JsonGenerator out) throws IOException;

  /**
   * The bytes of a value whose canonical JSON this is; {@code null} for null.
   *
   * @throws IllegalArgumentException where it is no value of the type; the message says what is due
   */
  ByteBuffer parse(JsonNode json);
}
