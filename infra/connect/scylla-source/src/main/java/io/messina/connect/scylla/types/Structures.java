package io.messina.connect.scylla.types;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * User types: an object with every field of the type as it is defined now, in that order, null
 * where a field is null or was never written.
 */
final class Structures extends JsonCodec {

  private final Map<String, Codec> fields;

  private Structures(Map<String, Codec> fields) {
    this.fields = fields;
  }

  /** The codec of a type with these fields, or nothing where one is not carried. */
  static Optional<Codec> of(List<UserTypes.Field> fields, UserTypes userTypes) {
    Map<String, Codec> codecs = new LinkedHashMap<>();
    for (UserTypes.Field field : fields) {
      Codecs.of(field.type(), userTypes).ifPresent(codec -> codecs.put(field.name(), codec));
    }
    return codecs.size() < fields.size() ? Optional.empty() : Optional.of(new Structures(codecs));
  }

  @Override
  public void json(ByteBuffer bytes, JsonGenerator out) throws IOException {
    ByteBuffer rest = bytes.slice();
    out.writeStartObject();
    for (Map.Entry<String, Codec> field : fields.entrySet()) {
      out.writeFieldName(field.getKey());
      CanonicalJson.write(field.getValue(), rest.hasRemaining() ? Elements.next(rest) : null, out);
    }
    // What is left are fields that the definition read does not have yet: an ALTER is under way.
    out.writeEndObject();
  }

  @Override
  public ByteBuffer parse(JsonNode json) {
    if (json.isNull()) {
      return null;
    }
    if (!json.isObject()) {
      throw CanonicalJson.refused(json, "an object");
    }
    json.fieldNames()
        .forEachRemaining(
            name -> {
              if (!fields.containsKey(name)) {
                throw new IllegalArgumentException("no field of the type: " + name);
              }
            });
    List<ByteBuffer> values = new ArrayList<>();
    fields.forEach(
        (name, codec) -> values.add(json.has(name) ? codec.parse(json.get(name)) : null));
    return Elements.join(values, -1);
  }
}
