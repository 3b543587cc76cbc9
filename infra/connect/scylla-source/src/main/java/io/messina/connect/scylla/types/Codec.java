package io.messina.connect.scylla.types;

import java.nio.ByteBuffer;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * How one CQL type looks in Kafka Connect.
 *
 * <p>A codec works on the bytes of the CQL protocol and not on the driver's classes, which lose
 * what Messina must keep: dates before 1582, the scale of a decimal, an address that is IPv4 in
 * IPv6.
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
}
