package io.messina.connect.scylla.types;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.connect.data.Schema;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class MaskingTest {

  /** libs/types/masking.json, which Python runs too: the hash of a value under a key. */
  @TestFactory
  Stream<DynamicTest> everyVectorIsMet() throws IOException {
    JsonNode file = VectorFiles.read("masking.json");
    UserTypes userTypes = VectorFiles.userTypes(file);
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode vector : file.get("vectors")) {
      Codec codec =
          Codecs.of(CqlType.parse(vector.get("cql_type").asText()), userTypes).orElseThrow();
      String expected = vector.get("hmac").isNull() ? null : vector.get("hmac").asText();
      Masking masking = new Masking(vector.get("key").asText());
      ByteBuffer bytes = VectorFiles.bytes(vector.get("bytes"));
      tests.add(
          DynamicTest.dynamicTest(
              vector.get("id").asText(), () -> assertEquals(expected, masking.hmac(codec, bytes))));
    }
    assertFalse(tests.isEmpty());
    return tests.stream();
  }

  /** A masked column is a text, or keeps its type with nothing in it. */
  @Test
  void maskedColumnsHaveCodecs() {
    Codec number = Codecs.of(CqlType.parse("int")).orElseThrow();
    ByteBuffer seven = number.parse(CanonicalJson.read("7"));
    Masking masking = new Masking("k");
    Codec hashed = masking.hmac(number);
    Schema text = hashed.schema().optional().build();
    assertEquals(Schema.OPTIONAL_STRING_SCHEMA, text);
    assertEquals(masking.hmac(number, seven), hashed.decode(seven, text));
    assertNull(hashed.decode(ByteBuffer.allocate(0), text));
    Codec nulled = Masking.nulled(number);
    Schema same = nulled.schema().optional().build();
    assertEquals(Schema.OPTIONAL_INT32_SCHEMA, same);
    assertNull(nulled.decode(seven, same));
  }

  /** A mask without a key would be none. */
  @Test
  void anEmptyKeyIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Masking(""));
  }
}
