package io.messina.connect.scylla.types;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;

/** ascii, text and varchar: strings. */
final class Texts {

  private Texts() {}

  static void register(Map<String, Codec> codecs) {
    Codec utf8 =
        SimpleCodec.variable(
            SchemaBuilder::string, b -> StandardCharsets.UTF_8.decode(b).toString());
    codecs.put("ascii", utf8);
    codecs.put("text", utf8);
    codecs.put("varchar", utf8);
  }
}
