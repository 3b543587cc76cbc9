package io.messina.connect.scylla.types;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** tuple: an array with all its parts, null where a part is null or was never written. */
final class Tuples extends JsonCodec {

  private final List<Codec> parts;

  private Tuples(List<Codec> parts) {
    this.parts = List.copyOf(parts);
  }

  static void register(Map<String, Codecs.Factory> codecs) {
    codecs.put("tuple", (type, inner) -> new Tuples(inner));
  }

  @Override
  public void json(ByteBuffer bytes, JsonGenerator out) throws IOException {
    ByteBuffer rest = bytes.slice();
    out.writeStartArray();
    for (Codec part : parts) {
      CanonicalJson.write(part, rest.hasRemaining() ? Elements.next(rest) : null, out);
    }
    Elements.end(rest);
    out.writeEndArray();
  }

  @Override
  public ByteBuffer parse(JsonNode json) {
    if (json.isNull()) {
      return null;
    }
    if (!json.isArray() || json.size() != parts.size()) {
      throw CanonicalJson.refused(json, "an array of " + parts.size());
    }
    List<ByteBuffer> values = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      values.add(parts.get(i).parse(json.get(i)));
    }
    return Elements.join(values, -1);
  }
}
