package io.messina.connect.scylla.types;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * map: an object where the keys are texts, else an array of pairs. An object's members are in the
 * order of their bytes, which is CQL's.
 */
final class Maps extends JsonCodec {

  private static final Comparator<ByteBuffer> BYTES =
      (one, other) -> Arrays.compareUnsigned(SimpleCodec.bytes(one), SimpleCodec.bytes(other));

  private final Codec key;
  private final Codec value;
  private final boolean textKeys;

  private Maps(Codec key, Codec value, boolean textKeys) {
    this.key = key;
    this.value = value;
    this.textKeys = textKeys;
  }

  static void register(Map<String, Codecs.Factory> codecs) {
    codecs.put(
        "map",
        (type, inner) ->
            new Maps(inner.get(0), inner.get(1), Codecs.isText(type.arguments().get(0))));
  }

  @Override
  public void json(ByteBuffer bytes, JsonGenerator out) throws IOException {
    ByteBuffer rest = bytes.slice();
    if (!rest.hasRemaining()) {
      out.writeNull();
    } else if (textKeys) {
      object(rest, out);
    } else {
      pairs(rest, out);
    }
    Elements.end(rest);
  }

  private void object(ByteBuffer rest, JsonGenerator out) throws IOException {
    Map<ByteBuffer, ByteBuffer> members = new TreeMap<>(BYTES);
    for (int left = Elements.count(rest); left > 0; left--) {
      members.put(Elements.next(rest), Elements.next(rest));
    }
    out.writeStartObject();
    for (Map.Entry<ByteBuffer, ByteBuffer> member : members.entrySet()) {
      out.writeFieldName(Texts.text(member.getKey().slice()));
      CanonicalJson.write(value, member.getValue(), out);
    }
    out.writeEndObject();
  }

  private void pairs(ByteBuffer rest, JsonGenerator out) throws IOException {
    out.writeStartArray();
    for (int left = Elements.count(rest); left > 0; left--) {
      out.writeStartArray();
      CanonicalJson.write(key, Elements.next(rest), out);
      CanonicalJson.write(value, Elements.next(rest), out);
      out.writeEndArray();
    }
    out.writeEndArray();
  }

  @Override
  public ByteBuffer parse(JsonNode json) {
    if (json.isNull()) {
      return null;
    }
    List<ByteBuffer> parts = new ArrayList<>();
    if (textKeys) {
      members(json, parts);
    } else {
      pairs(json, parts);
    }
    return Elements.join(parts, parts.size() / 2);
  }

  private void members(JsonNode json, List<ByteBuffer> parts) {
    if (!json.isObject()) {
      throw CanonicalJson.refused(json, "an object");
    }
    Map<ByteBuffer, JsonNode> members = new TreeMap<>(BYTES);
    json.fields().forEachRemaining(each -> members.put(Texts.bytes(each.getKey()), each.getValue()));
    members.forEach(
        (name, member) -> {
          parts.add(name);
          parts.add(value.parse(member));
        });
  }

  private void pairs(JsonNode json, List<ByteBuffer> parts) {
    if (!json.isArray()) {
      throw CanonicalJson.refused(json, "an array of pairs");
    }
    for (JsonNode pair : json) {
      if (!pair.isArray() || pair.size() != 2) {
        throw CanonicalJson.refused(pair, "a pair");
      }
      parts.add(key.parse(pair.get(0)));
      parts.add(value.parse(pair.get(1)));
    }
  }
}
