package io.messina.connect.scylla.types;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * What stands in the place of a column's value that nobody behind the source may see.
 *
 * <p>The keyed hash is HMAC-SHA256 of the value's canonical JSON, in hexadecimal: equal values of a
 * type stay equal, and without the key nothing can be tried out. Python's {@code
 * messina.types.masking} makes the same ({@code libs/types/masking.json}).
 */
public final class Masking {

  private static final String ALGORITHM = "HmacSHA256";
  private static final String NULL = "null";

  private final SecretKeySpec key;

  /** Masks with a key, whose UTF-8 bytes count. */
  public Masking(String key) {
    if (key.isEmpty()) {
      throw new IllegalArgumentException("the key of the mask is empty");
    }
    this.key = new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), ALGORITHM);
  }

  /** The hash of a value, or null where it is null. */
  public String hmac(Codec codec, ByteBuffer bytes) {
    String json = bytes == null ? NULL : CanonicalJson.text(codec, bytes);
    if (json.equals(NULL)) {
      return null;
    }
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return HexFormat.of().formatHex(mac.doFinal(json.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no " + ALGORITHM, e);
    }
  }

  /** A codec that puts the hash, a text, in the place of each value. */
  public Codec hmac(Codec codec) {
    return new Hashed(this, codec);
  }

  /** A codec of the same schema whose values are all null. */
  public static Codec nulled(Codec codec) {
    return new Nulled(codec);
  }

  private record Hashed(Masking masking, Codec codec) implements Codec {

    @Override
    public SchemaBuilder schema() {
      return SchemaBuilder.string();
    }

    @Override
    public Object decode(ByteBuffer bytes, Schema schema) {
      return masking.hmac(codec, bytes);
    }

    @Override
    public void json(ByteBuffer bytes, JsonGenerator out) throws IOException {
      out.writeString(masking.hmac(codec, bytes));
    }

    @Override
    public ByteBuffer parse(JsonNode json) {
      throw new UnsupportedOperationException("A masked value has no way back.");
    }
  }

  private record Nulled(Codec codec) implements Codec {

    @Override
    public SchemaBuilder schema() {
      return codec.schema();
    }

    @Override
    public Object decode(ByteBuffer bytes, Schema schema) {
      return null;
    }

    @Override
    public void json(ByteBuffer bytes, JsonGenerator out) throws IOException {
      out.writeNull();
    }

    @Override
    public ByteBuffer parse(JsonNode json) {
      throw new UnsupportedOperationException("A masked value has no way back.");
    }
  }
}
