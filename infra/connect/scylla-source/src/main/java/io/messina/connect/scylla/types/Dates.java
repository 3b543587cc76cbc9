package io.messina.connect.scylla.types;

import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * date: days since 1970-01-01 in the proleptic Gregorian calendar (CQL counts from 2^31 days
 * before); {@code 2026-11-23} in JSON, with a sign in front of a year that has not four digits.
 */
final class Dates {

  private Dates() {}

  static void register(Map<String, Codec> codecs) {
    codecs.put(
        "date",
        SimpleCodec.fixed(
            () -> SchemaBuilder.int32().name("io.debezium.time.Date").version(1),
            Dates::days,
            SimpleCodec.writing(b -> LocalDate.ofEpochDay(days(b)).toString()),
            SimpleCodec.parsing("a date, as in \"2026-11-23\"", Dates::parse)));
  }

  private static int days(ByteBuffer b) {
    return b.getInt() ^ Integer.MIN_VALUE;
  }

  private static ByteBuffer parse(String text) {
    int days = Math.toIntExact(LocalDate.parse(text).toEpochDay());
    return ByteBuffer.allocate(Integer.BYTES).putInt(days ^ Integer.MIN_VALUE).flip();
  }
}
