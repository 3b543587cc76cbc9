package io.messina.connect.scylla.types;

import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * date: days since 1970-01-01 in the proleptic Gregorian calendar (CQL counts from 2^31 days
 * before).
 */
final class Dates {

  private Dates() {}

  static void register(Map<String, Codec> codecs) {
    codecs.put(
        "date",
        SimpleCodec.fixed(
            () -> SchemaBuilder.int32().name("io.debezium.time.Date").version(1),
            b -> b.getInt() ^ Integer.MIN_VALUE));
  }
}
