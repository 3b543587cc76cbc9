package io.messina.connect.scylla.types;

import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * duration: text such as {@code 1y2mo3d4h5m6s7ms8us9ns}, as CQL prints it; nothing else is
 * lossless.
 */
final class Durations {

  private static final long[] NANOS = {
    3_600_000_000_000L, 60_000_000_000L, 1_000_000_000L, 1_000_000L, 1_000L, 1L
  };
  private static final String[] UNITS = {"h", "m", "s", "ms", "us", "ns"};

  private Durations() {}

  static void register(Map<String, Codec> codecs) {
    codecs.put("duration", SimpleCodec.fixed(SchemaBuilder::string, Durations::text));
  }

  private static String text(ByteBuffer b) {
    long months = vint(b);
    long days = vint(b);
    long nanos = vint(b);
    if (months == 0 && days == 0 && nanos == 0) {
      return "0ns";
    }
    StringBuilder text = new StringBuilder(months < 0 || days < 0 || nanos < 0 ? "-" : "");
    append(text, Math.abs(months) / 12, "y");
    append(text, Math.abs(months) % 12, "mo");
    append(text, Math.abs(days), "d");
    long rest = Math.abs(nanos);
    for (int i = 0; i < NANOS.length; i++) {
      append(text, Long.divideUnsigned(rest, NANOS[i]), UNITS[i]);
      rest = Long.remainderUnsigned(rest, NANOS[i]);
    }
    return text.toString();
  }

  private static void append(StringBuilder text, long amount, String unit) {
    if (amount != 0) {
      text.append(Long.toUnsignedString(amount)).append(unit);
    }
  }

  /** A zigzag integer whose first byte says by its leading ones how many bytes follow. */
  private static long vint(ByteBuffer b) {
    int first = b.get() & 0xff;
    int extra = Integer.numberOfLeadingZeros(~(first << 24));
    long value = extra > 7 ? 0 : first & (0xff >> extra);
    for (int i = 0; i < extra; i++) {
      value = value << 8 | b.get() & 0xff;
    }
    return value >>> 1 ^ -(value & 1);
  }
}
