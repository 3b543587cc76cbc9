package io.messina.connect.predicates;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.ServiceLoader;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.transforms.predicates.Predicate;
import org.junit.jupiter.api.Test;

class NullInKeyTest {

  private static final Schema KEY =
      SchemaBuilder.struct()
          .field("id", Schema.OPTIONAL_INT32_SCHEMA)
          .field("day", SchemaBuilder.string().optional().defaultValue("always").build())
          .build();

  private final NullInKey<SourceRecord> predicate = new NullInKey<>();

  @Test
  void aFullKeyIsNone() {
    assertFalse(predicate.test(record(KEY, new Struct(KEY).put("id", 1).put("day", "a"))));
  }

  @Test
  void aNullFieldIsOneWhateverItsDefault() {
    assertTrue(predicate.test(record(KEY, new Struct(KEY).put("id", 1))));
    assertTrue(predicate.test(record(KEY, new Struct(KEY).put("day", "a"))));
  }

  @Test
  void aKeyThatIsNoStructIsNone() {
    assertFalse(predicate.test(record(null, null)));
    assertFalse(predicate.test(record(Schema.STRING_SCHEMA, "a")));
  }

  @Test
  void connectFindsIt() {
    assertTrue(
        ServiceLoader.load(Predicate.class).stream()
            .anyMatch(provider -> provider.type() == NullInKey.class));
  }

  private static SourceRecord record(Schema schema, Object key) {
    return new SourceRecord(Map.of(), Map.of(), "t", schema, key, null, null);
  }
}
