package io.messina.connect.scylla.types;

import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;

/** tinyint and smallint (both int16, as Postgres has no smaller type), int and bigint. */
final class Integers {

  private Integers() {}

  static void register(Map<String, Codec> codecs) {
    codecs.put("tinyint", SimpleCodec.fixed(SchemaBuilder::int16, b -> (short) b.get()));
    codecs.put("smallint", SimpleCodec.fixed(SchemaBuilder::int16, ByteBuffer::getShort));
    codecs.put("int", SimpleCodec.fixed(SchemaBuilder::int32, ByteBuffer::getInt));
    codecs.put("bigint", SimpleCodec.fixed(SchemaBuilder::int64, ByteBuffer::getLong));
  }
}
