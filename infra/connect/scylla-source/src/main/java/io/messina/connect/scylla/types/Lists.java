package io.messina.connect.scylla.types;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** list and set: an array, a set's in CQL's order. */
final class Lists extends JsonCodec {

  private final Codec element;

  private Lists(Codec element) {
    this.element = element;
  }

  static void register(Map<String, Codecs.Factory> codecs) {
    codecs.put("list", (type, inner) -> new Lists(inner.get(0)));
    codecs.put("set", (type, inner) -> new Lists(inner.get(0)));
  }

  @Override
  public void json(ByteBuffer bytes, JsonGenerator out) throws IOException {
    ByteBuffer rest = bytes.slice();
    if (!rest.hasRemaining()) {
      out.writeNull();
      return;
    }
    out.writeStartArray();
    for (int left = Elements.count(rest); left > 0; left--) {
      CanonicalJson.write(element, Elements.next(rest), out);
    }
    Elements.end(rest);
    out.writeEndArray();
  }

  @Override
  public ByteBuffer parse(JsonNode json) {
    if (json.isNull()) {
      return null;
    }
    if (!json.isArray()) {
      throw CanonicalJson.refused(json, "an array");
    }
    List<ByteBuffer> parts = new ArrayList<>();
    json.forEach(each -> parts.add(element.parse(each)));
    return Elements.join(parts, parts.size());
  }
}
