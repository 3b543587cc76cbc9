package io.messina.connect.scylla.types;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;

/** tinyint and smallint (both int16, as Postgres has no smaller type), int and bigint. */
final class Integers {

  private Integers() {}

  static void register(Map<String, Codec> codecs) {
    codecs.put(
        "tinyint",
        SimpleCodec.fixed(
            SchemaBuilder::int16,
            b -> (short) b.get(),
            (b, out) -> out.writeNumber(b.get()),
            json -> ByteBuffer.allocate(1).put((byte) whole(json, Byte.SIZE)).flip()));
    codecs.put(
        "smallint",
        SimpleCodec.fixed(
            SchemaBuilder::int16,
            ByteBuffer::getShort,
            (b, out) -> out.writeNumber(b.getShort()),
            json -> ByteBuffer.allocate(2).putShort((short) whole(json, Short.SIZE)).flip()));
    codecs.put(
        "int",
        SimpleCodec.fixed(
            SchemaBuilder::int32,
            ByteBuffer::getInt,
            (b, out) -> out.writeNumber(b.getInt()),
            json -> ByteBuffer.allocate(4).putInt((int) whole(json, Integer.SIZE)).flip()));
    codecs.put(
        "bigint",
        SimpleCodec.fixed(
            SchemaBuilder::int64,
            ByteBuffer::getLong,
            (b, out) -> out.writeNumber(b.getLong()),
            json -> ByteBuffer.allocate(8).putLong(whole(json, Long.SIZE)).flip()));
  }

  private static long whole(JsonNode json, int bits) {
    if (json.isIntegralNumber()) {
      BigInteger value = json.bigIntegerValue();
      if (value.bitLength() < bits) {
        return value.longValue();
      }
    }
    throw CanonicalJson.refused(json, "a whole number of " + bits + " bits");
  }
}
