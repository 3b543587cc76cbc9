package io.messina.connect.scylla.types;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CanonicalJsonTest {

  private static final String[] SCALARS = {
    "ascii", "bigint", "blob", "boolean", "date", "decimal", "double", "duration", "float", "inet",
    "int", "smallint", "text", "time", "timestamp", "timeuuid", "tinyint", "uuid", "varint"
  };

  /** Of random types, however nested, random values come back out of their JSON. */
  @Test
  void randomValuesSurviveTheirJson() {
    Random random = new Random(20261123);
    for (int i = 0; i < 3_000; i++) {
      Map<String, List<UserTypes.Field>> fields = new HashMap<>();
      CqlType type = type(random, 3, fields);
      UserTypes userTypes = new UserTypes(fields);
      Codec codec = Codecs.of(type, userTypes).orElseThrow(() -> new AssertionError(type));
      RandomValues values = new RandomValues(random, userTypes);
      ByteBuffer bytes = values.of(type);
      String json = CanonicalJson.text(codec, bytes);
      ByteBuffer again = codec.parse(CanonicalJson.read(json));
      assertEquals(bytes, again, () -> type + ": " + json);
      assertEquals(json, CanonicalJson.text(codec, again));
      assertEquals(type, CqlType.parse(type.toString()));
    }
  }

  /** A number is the same float or double again, and none that is shorter is. */
  @Test
  void numbersAreShortestAndExact() {
    Random random = new Random(1985);
    for (int i = 0; i < 20_000; i++) {
      double wide = Double.longBitsToDouble(random.nextLong());
      float narrow = Float.intBitsToFloat(random.nextInt());
      if (Double.isFinite(wide)) {
        assertEquals(wide, Double.parseDouble(ShortestNumber.of(wide)));
      }
      if (Float.isFinite(narrow)) {
        String text = ShortestNumber.of(narrow);
        assertEquals(narrow, Float.parseFloat(text));
        assertTrue(new BigDecimal(text).stripTrailingZeros().precision() <= 9, text);
      }
    }
    assertEquals("5e-324", ShortestNumber.of(Double.MIN_VALUE));
    assertEquals("1e-45", ShortestNumber.of(Float.MIN_VALUE));
    assertEquals("2e-323", ShortestNumber.of(2e-323));
    assertEquals("100000000000000000000", ShortestNumber.of(1e20));
    assertEquals("-1e+21", ShortestNumber.of(-1e21));
    assertEquals("1.5e-7", ShortestNumber.of(1.5e-7));
    assertEquals("0.000001", ShortestNumber.of(1e-6f));
  }

  /** What is no JSON, or has a member twice, is refused in words. */
  @Test
  void whatIsNoJsonIsRefused() {
    for (String text : new String[] {"{", "{\"a\":1,\"a\":2}", "NaN", "[1] 2"}) {
      assertTrue(
          assertThrows(IllegalArgumentException.class, () -> CanonicalJson.read(text))
              .getMessage()
              .startsWith("not JSON"));
    }
  }

  private static CqlType type(
      Random random, int depth, Map<String, List<UserTypes.Field>> userTypes) {
    if (depth == 0 || random.nextInt(4) == 0) {
      return CqlType.parse(SCALARS[random.nextInt(SCALARS.length)]);
    }
    CqlType type =
        switch (random.nextInt(6)) {
          case 0 -> make("list", type(random, depth - 1, userTypes));
          case 1 -> make("set", type(random, depth - 1, userTypes));
          case 2 ->
              make(
                  "map",
                  type(random, depth - 1, userTypes),
                  type(random, depth - 1, userTypes));
          case 3 ->
              make(
                  "tuple",
                  type(random, depth - 1, userTypes),
                  type(random, depth - 1, userTypes));
          case 4 ->
              make(
                  "vector",
                  type(random, depth - 1, userTypes),
                  CqlType.parse("" + (1 + random.nextInt(4))));
          default -> userType(random, depth, userTypes);
        };
    return random.nextBoolean() ? make("frozen", type) : type;
  }

  private static CqlType make(String name, CqlType... arguments) {
    return new CqlType(name, List.of(arguments));
  }

  private static CqlType userType(
      Random random, int depth, Map<String, List<UserTypes.Field>> userTypes) {
    List<UserTypes.Field> fields = new ArrayList<>();
    for (int i = 0; i <= random.nextInt(3); i++) {
      fields.add(new UserTypes.Field("f " + i, type(random, depth - 1, userTypes)));
    }
    String name = "Type " + userTypes.size();
    userTypes.put(name, fields);
    return CqlType.parse('"' + name + '"');
  }
}
