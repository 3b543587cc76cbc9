package io.messina.connect.scylla.types;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * A scalar's codec, made of functions.
 *
 * @param builder makes a fresh schema builder
 * @param reader reads a Connect value that is not empty, and consumes its bytes
 * @param writer writes JSON of a value that is not empty, and consumes its bytes
 * @param parser makes bytes of JSON that is not null
 * @param emptyIsValue whether zero bytes are a value (text, blob) or CQL's "empty", which becomes
 *     null
 */
record SimpleCodec(
    Supplier<SchemaBuilder> builder,
    Function<ByteBuffer, Object> reader,
    JsonWriter writer,
    Function<JsonNode, ByteBuffer> parser,
    boolean emptyIsValue)
    implements Codec {

  /** Writes JSON. */
  interface JsonWriter {

    /** Writes the value of these bytes. */
    void write(ByteBuffer bytes, JsonGenerator out) throws IOException;
  }

  /** A codec whose type has no empty value. */
  static Codec fixed(
      Supplier<SchemaBuilder> builder,
      Function<ByteBuffer, Object> reader,
      JsonWriter writer,
      Function<JsonNode, ByteBuffer> parser) {
    return new SimpleCodec(builder, reader, writer, parser, false);
  }

  @Override
  public SchemaBuilder schema() {
    return builder.get();
  }

  @Override
  public Object decode(ByteBuffer bytes, Schema schema) {
    if (!bytes.hasRemaining() && !emptyIsValue) {
      return null;
    }
    ByteBuffer rest = bytes.slice();
    Object value = reader.apply(rest);
    end(rest);
    return value;
  }

  @Override
  public void json(ByteBuffer bytes, JsonGenerator out) throws IOException {
    if (!bytes.hasRemaining() && !emptyIsValue) {
      out.writeNull();
      return;
    }
    ByteBuffer rest = bytes.slice();
    writer.write(rest, out);
    end(rest);
  }

  /** Of a type with a fixed size, nothing may be left; others take all there is. */
  private void end(ByteBuffer rest) {
    if (!emptyIsValue) {
      Elements.end(rest);
    }
  }

  @Override
  public ByteBuffer parse(JsonNode json) {
    return json.isNull() ? null : parser.apply(json);
  }

  static byte[] bytes(ByteBuffer buffer) {
    byte[] copy = new byte[buffer.remaining()];
    buffer.duplicate().get(copy);
    return copy;
  }

  /** A writer of what is a string in JSON. */
  static JsonWriter writing(Function<ByteBuffer, String> text) {
    return (bytes, out) -> out.writeString(text.apply(bytes));
  }

  /** A parser of what is a string in JSON; what the function throws says that it is none. */
  static Function<JsonNode, ByteBuffer> parsing(String due, Function<String, ByteBuffer> bytes) {
    return json -> {
      if (!json.isTextual()) {
        throw CanonicalJson.refused(json, due);
      }
      try {
        return bytes.apply(json.textValue());
      } catch (RuntimeException e) {
        IllegalArgumentException refused = CanonicalJson.refused(json, due);
        refused.initCause(e);
        throw refused;
      }
    };
  }
}
