package io.messina.connect.scylla.types;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;

/** Random bytes of any CQL type, as a server would send them. */
final class RandomValues {

  private static final String CHARACTERS = "a\"\\/\u0000\u0001\n\u007fé東\ud83d\udeec\uffff'";

  private final Random random;
  private final UserTypes userTypes;

  RandomValues(Random random, UserTypes userTypes) {
    this.random = random;
    this.userTypes = userTypes;
  }

  ByteBuffer of(CqlType spelled) {
    CqlType type = spelled.thawed();
    return switch (type.name()) {
      case "list", "set" -> parts(random.nextInt(4), false, type.arguments().get(0));
      case "map" -> map(type);
      case "tuple" -> tuple(type.arguments());
      case "vector" -> vector(type);
      default -> Codecs.isScalar(type) ? scalar(type.name()) : tuple(fields(type));
    };
  }

  private List<CqlType> fields(CqlType type) {
    return userTypes.named(type.name()).orElseThrow().stream()
        .map(UserTypes.Field::type)
        .toList();
  }

  private ByteBuffer parts(int count, boolean withNulls, CqlType element) {
    List<ByteBuffer> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      parts.add(of(element));
    }
    return Elements.join(parts, count);
  }

  private ByteBuffer map(CqlType type) {
    TreeMap<byte[], ByteBuffer> members = new TreeMap<>(Arrays::compareUnsigned);
    for (int i = random.nextInt(4); i > 0; i--) {
      members.put(
          SimpleCodec.bytes(of(type.arguments().get(0))), of(type.arguments().get(1)));
    }
    List<ByteBuffer> parts = new ArrayList<>();
    members.forEach(
        (key, value) -> {
          parts.add(ByteBuffer.wrap(key));
          parts.add(value);
        });
    return Elements.join(parts, members.size());
  }

  private ByteBuffer tuple(List<CqlType> types) {
    List<ByteBuffer> parts = new ArrayList<>();
    types.forEach(type -> parts.add(random.nextInt(4) == 0 ? null : of(type)));
    return Elements.join(parts, -1);
  }

  private ByteBuffer vector(CqlType type) {
    // The encoding is VectorsTest's business: random elements go through JSON once before.
    StringBuilder json = new StringBuilder("[");
    CqlType element = type.arguments().get(0);
    Codec codec = Codecs.of(element, userTypes).orElseThrow();
    for (int i = Integer.parseInt(type.arguments().get(1).name()); i > 0; i--) {
      json.append(CanonicalJson.text(codec, of(element))).append(i > 1 ? "," : "]");
    }
    return Codecs.of(type, userTypes).orElseThrow().parse(CanonicalJson.read(json.toString()));
  }

  private ByteBuffer scalar(String type) {
    ByteBuffer bytes = ByteBuffer.allocate(64);
    switch (type) {
      case "ascii" -> bytes.put("x".repeat(random.nextInt(5)).getBytes());
      case "text" -> bytes.put(text());
      case "blob" -> bytes.put(bytes(random.nextInt(20)));
      case "tinyint" -> bytes.put((byte) random.nextInt());
      case "boolean" -> bytes.put((byte) random.nextInt(2));
      case "smallint" -> bytes.putShort((short) random.nextInt());
      case "int", "date" -> bytes.putInt(random.nextInt());
      case "bigint", "timestamp" -> bytes.putLong(random.nextLong());
      case "time" -> bytes.putLong(random.nextLong(86_400_000_000_000L));
      case "float" -> bytes.putFloat(Float.intBitsToFloat(random.nextInt()));
      case "double" -> bytes.putDouble(Double.longBitsToDouble(random.nextLong()));
      case "decimal" ->
          bytes.putInt(random.nextInt(60) - 30).put(new BigInteger(90, random).toByteArray());
      case "varint" -> bytes.put(new BigInteger(200, random).negate().toByteArray());
      case "uuid", "timeuuid" -> {
        UUID uuid = UUID.randomUUID();
        bytes.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
      }
      case "inet" -> bytes.put(bytes(random.nextBoolean() ? 4 : 16));
      case "duration" -> {
        int sign = random.nextBoolean() ? 1 : -1;
        Vints.putSigned(bytes, (long) sign * random.nextInt(100));
        Vints.putSigned(bytes, (long) sign * random.nextInt(Integer.MAX_VALUE));
        Vints.putSigned(bytes, sign * random.nextLong(Long.MAX_VALUE));
      }
      default -> throw new AssertionError(type);
    }
    return bytes.flip().slice();
  }

  private byte[] text() {
    int[] points = CHARACTERS.codePoints().toArray();
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(6); i > 0; i--) {
      text.appendCodePoint(points[random.nextInt(points.length)]);
    }
    return SimpleCodec.bytes(Texts.bytes(text.toString()));
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
