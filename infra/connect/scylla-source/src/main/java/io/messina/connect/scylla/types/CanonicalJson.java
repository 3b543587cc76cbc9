package io.messina.connect.scylla.types;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.ByteBuffer;

/**
 * Canonical JSON: one text for one value, the same in Java and in Python ({@code
 * libs/types/README.md}).
 *
 * <p>Nothing is escaped but quotes, backslashes and control characters, and nothing is limited: the
 * values come out of a database that has limits of its own.
 */
public final class CanonicalJson {

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private static final ObjectMapper MAPPER =
      JsonMapper.builder(FACTORY)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private CanonicalJson() {}

  /** A generator that writes canonical JSON when codecs write into it. */
  public static JsonGenerator generator(Writer to) throws IOException {
    return FACTORY.createGenerator(to);
  }

  /** A value as text; {@code null} bytes are the text {@code null}. */
  public static String text(Codec codec, ByteBuffer bytes) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = generator(text)) {
      write(codec, bytes, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  /**
   * Reads any JSON text, numbers without loss.
   *
   * @throws IllegalArgumentException where it is none
   */
  public static JsonNode read(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
    }
  }

  /**
   * Reads any JSON in UTF-8, numbers without loss.
   *
   * @throws IllegalArgumentException where it is none
   */
  public static JsonNode read(byte[] utf8) {
    try {
      return MAPPER.readTree(utf8);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new IllegalArgumentException("not JSON: " + e.getMessage(), e);
    }
  }

  /** Writes a value that may be null. */
  static void write(Codec codec, ByteBuffer bytes, JsonGenerator out) throws IOException {
    if (bytes == null) {
      out.writeNull();
    } else {
      codec.json(bytes, out);
    }
  }

  /** The error of JSON that is no value of the type; a long one is cut. */
  static IllegalArgumentException refused(JsonNode json, String due) {
    String got = json.toString();
    return new IllegalArgumentException(
        "not " + due + ": " + (got.length() > 60 ? got.substring(0, 59) + "…" : got));
  }
}
