package io.messina.connect.scylla.types;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * vector: an array of as many elements as its type says. Elements of a type whose values all have
 * one size stand one behind the other, others each behind its length.
 */
final class Vectors extends JsonCodec {

  private static final String NAME = "vector";

  /** The types whose size CQL knows; tinyint, smallint, date and time are none of them. */
  private static final Map<String, Integer> SIZES =
      Map.of(
          "boolean", 1, "int", 4, "bigint", 8, "float", 4, "double", 8, "timestamp", 8, "uuid", 16,
          "timeuuid", 16);

  private final Codec element;
  private final int dimension;
  private final int size;

  private Vectors(Codec element, int dimension, int size) {
    this.element = element;
    this.dimension = dimension;
    this.size = size;
  }

  static void register(Map<String, Codecs.Factory> codecs) {
    codecs.put(
        NAME,
        (type, inner) ->
            new Vectors(inner.get(0), dimension(type), size(type.arguments().get(0).thawed())));
  }

  /** The arguments of a type that are types. */
  static List<CqlType> withoutDimension(CqlType type) {
    return type.name().equals(NAME) ? type.arguments().subList(0, 1) : type.arguments();
  }

  private static int dimension(CqlType type) {
    return Integer.parseInt(type.arguments().get(1).name());
  }

  /** The size that all values of a type have, 0 where there is none. */
  private static int size(CqlType type) {
    return type.name().equals(NAME)
        ? dimension(type) * size(type.arguments().get(0).thawed())
        : SIZES.getOrDefault(type.name(), 0);
  }

  @Override
  public void json(ByteBuffer bytes, JsonGenerator out) throws IOException {
    ByteBuffer rest = bytes.slice();
    if (!rest.hasRemaining()) {
      out.writeNull();
      return;
    }
    out.writeStartArray();
    for (int i = 0; i < dimension; i++) {
      element.json(Elements.take(rest, size > 0 ? size : length(rest)), out);
    }
    Elements.end(rest);
    out.writeEndArray();
  }

  private static int length(ByteBuffer rest) {
    long length = Vints.unsigned(rest);
    if (length < 0 || length > rest.remaining()) {
      throw new BufferUnderflowException();
    }
    return (int) length;
  }

  @Override
  public ByteBuffer parse(JsonNode json) {
    if (json.isNull()) {
      return null;
    }
    if (!json.isArray() || json.size() != dimension) {
      throw CanonicalJson.refused(json, "an array of " + dimension);
    }
    List<ByteBuffer> parts = new ArrayList<>();
    int total = 0;
    for (JsonNode each : json) {
      ByteBuffer part = element.parse(each);
      if (part == null) {
        throw CanonicalJson.refused(json, "an array without null");
      }
      parts.add(part);
      total += part.remaining() + (size > 0 ? 0 : Vints.size(part.remaining()));
    }
    ByteBuffer joined = ByteBuffer.allocate(total);
    for (ByteBuffer part : parts) {
      if (size == 0) {
        Vints.putUnsigned(joined, part.remaining());
      }
      joined.put(part);
    }
    return joined.flip();
  }
}
