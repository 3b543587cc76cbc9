package io.messina.connect.scylla.types;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
  private static final Pattern TEXT =
      Pattern.compile(
          "(-?)(?=\\d)(?:(\\d+)y)?(?:(\\d+)mo)?(?:(\\d+)d)?(?:(\\d+)h)?(?:(\\d+)m)?"
              + "(?:(\\d+)s)?(?:(\\d+)ms)?(?:(\\d+)us)?(?:(\\d+)ns)?");

  private Durations() {}

  static void register(Map<String, Codec> codecs) {
    codecs.put(
        "duration",
        SimpleCodec.fixed(
            SchemaBuilder::string,
            Durations::text,
            SimpleCodec.writing(Durations::text),
            SimpleCodec.parsing("a duration, as in \"1y2mo3d4h5m6s7ms8us9ns\"", Durations::parse)));
  }

  private static String text(ByteBuffer b) {
    long months = Vints.signed(b);
    long days = Vints.signed(b);
    long nanos = Vints.signed(b);
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

  private static ByteBuffer parse(String text) {
    Matcher parts = TEXT.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("no duration");
    }
    BigInteger sign = BigInteger.valueOf(parts.group(1).isEmpty() ? 1 : -1);
    BigInteger months = part(parts, 2, 12).add(part(parts, 3, 1));
    BigInteger nanos = BigInteger.ZERO;
    for (int i = 0; i < NANOS.length; i++) {
      nanos = nanos.add(part(parts, 5 + i, NANOS[i]));
    }
    ByteBuffer bytes = ByteBuffer.allocate(3 * Vints.MAX_BYTES);
    Vints.putSigned(bytes, months.multiply(sign).intValueExact());
    Vints.putSigned(bytes, part(parts, 4, 1).multiply(sign).intValueExact());
    Vints.putSigned(bytes, nanos.multiply(sign).longValueExact());
    return bytes.flip();
  }

  private static BigInteger part(Matcher parts, int group, long size) {
    String digits = parts.group(group);
    return digits == null
        ? BigInteger.ZERO
        : new BigInteger(digits).multiply(BigInteger.valueOf(size));
  }
}
