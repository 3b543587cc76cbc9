package io.messina.connect.scylla.signal;

import com.fasterxml.jackson.databind.JsonNode;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.ring.TokenRange;
import io.messina.connect.scylla.types.CanonicalJson;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/** Reads signals, strictly: what is not understood is refused, not passed over. */
final class SignalParser {

  private static final Set<String> FIELDS =
      Set.of("id", "op", "table", "keys", "token_range", "static");
  private static final int LONGEST_ID = 200;

  private final JsonNode json;
  private String id;
  private TableId table;

  private SignalParser(JsonNode json) {
    this.json = json;
  }

  /** The signal that a record's value holds. */
  static Signal parse(byte[] value) throws MalformedSignalException {
    if (value == null) {
      throw new MalformedSignalException(null, null, "the record has no value");
    }
    try {
      return new SignalParser(CanonicalJson.read(value)).signal();
    } catch (IllegalArgumentException e) {
      throw new MalformedSignalException(null, null, e.getMessage());
    }
  }

  private Signal signal() throws MalformedSignalException {
    if (!json.isObject()) {
      throw wrong("expected a JSON object");
    }
    // These two first: they say who is to hear of what else is wrong.
    id = id();
    table = table();
    for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!FIELDS.contains(name)) {
        throw wrong("unknown field '" + name + "'");
      }
    }
    if (id == null) {
      throw wrong("id: expected a text of 1 to " + LONGEST_ID + " characters");
    }
    if (table == null) {
      throw wrong("table: expected keyspace.table, got " + json.get("table"));
    }
    if (!json.path("op").asText().equals("reread")) {
      throw wrong("op: expected \"reread\", got " + json.get("op"));
    }
    if (json.has("keys") == json.has("token_range")) {
      throw wrong("expected either keys or token_range");
    }
    return json.has("keys")
        ? new Signal(id, table, keys(), null, statics())
        : new Signal(id, table, List.of(), tokens(), statics());
  }

  private String id() {
    String text = json.path("id").isTextual() ? json.get("id").textValue() : "";
    return text.isEmpty() || text.length() > LONGEST_ID ? null : text;
  }

  private TableId table() {
    try {
      return json.path("table").isTextual() ? TableId.parse(json.get("table").textValue()) : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private List<JsonNode> keys() throws MalformedSignalException {
    JsonNode array = json.get("keys");
    if (!array.isArray() || array.isEmpty()) {
      throw wrong("keys: expected an array with one key or more");
    }
    List<JsonNode> keys = new ArrayList<>();
    for (JsonNode key : array) {
      if (!key.isObject()) {
        throw wrong("keys[" + keys.size() + "]: expected {column: value, …}, got " + key);
      }
      keys.add(key);
    }
    return keys;
  }

  private TokenRange tokens() throws MalformedSignalException {
    JsonNode pair = json.get("token_range");
    if (!pair.isArray() || pair.size() != 2) {
      throw wrong("token_range: expected [first, last], got " + pair);
    }
    TokenRange range = new TokenRange(token(pair.get(0)), token(pair.get(1)));
    if (range.first() > range.last()) {
      throw wrong("token_range: its first token is greater than its last, " + pair);
    }
    return range;
  }

  private long token(JsonNode node) throws MalformedSignalException {
    if (node.isIntegralNumber() && node.canConvertToLong()) {
      return node.longValue();
    }
    try {
      return Long.parseLong(node.isTextual() ? node.textValue() : "");
    } catch (NumberFormatException e) {
      throw wrong("token_range: expected a token from -2^63 to 2^63-1, got " + node);
    }
  }

  private boolean statics() throws MalformedSignalException {
    JsonNode statics = json.path("static");
    if (!statics.isMissingNode() && !statics.isBoolean()) {
      throw wrong("static: expected true or false, got " + statics);
    }
    return statics.booleanValue();
  }

  private MalformedSignalException wrong(String reason) {
    return new MalformedSignalException(id, table, reason);
  }
}
