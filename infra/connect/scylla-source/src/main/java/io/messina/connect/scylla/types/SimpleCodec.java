package io.messina.connect.scylla.types;

import java.nio.ByteBuffer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * A codec made of two functions.
 *
 * @param builder makes a fresh schema builder
 * @param reader reads a value that is not empty
 * @param emptyIsValue whether zero bytes are a value (text, blob) or CQL's "empty", which becomes
 *     null
 */
record SimpleCodec(
    Supplier<SchemaBuilder> builder, Function<ByteBuffer, Object> reader, boolean emptyIsValue)
    implements Codec {

  static Codec fixed(Supplier<SchemaBuilder> builder, Function<ByteBuffer, Object> reader) {
    return new SimpleCodec(builder, reader, false);
  }

  static Codec variable(Supplier<SchemaBuilder> builder, Function<ByteBuffer, Object> reader) {
    return new SimpleCodec(builder, reader, true);
  }

  @Override
  public SchemaBuilder schema() {
    return builder.get();
  }

  @Override
  public Object decode(ByteBuffer bytes, Schema schema) {
    return bytes.hasRemaining() || emptyIsValue ? reader.apply(bytes.slice()) : null;
  }

  static byte[] bytes(ByteBuffer buffer) {
    byte[] copy = new byte[buffer.remaining()];
    buffer.duplicate().get(copy);
    return copy;
  }
}
