package io.messina.connect.scylla.types;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;

/** ascii, text and varchar: strings. */
final class Texts {

  private Texts() {}

  static void register(Map<String, Codec> codecs) {
    Codec utf8 =
        new SimpleCodec(
            SchemaBuilder::string,
            Texts::text,
            SimpleCodec.writing(Texts::text),
            SimpleCodec.parsing("a text", Texts::bytes),
            true);
    codecs.put("ascii", utf8);
    codecs.put("text", utf8);
    codecs.put("varchar", utf8);
  }

  /** The text of bytes that are UTF-8: others would be another text, with � in it. */
  static String text(ByteBuffer b) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(b).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("not UTF-8", e);
    }
  }

  static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }
}
