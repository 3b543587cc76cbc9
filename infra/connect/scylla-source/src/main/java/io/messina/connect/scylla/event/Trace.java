package io.messina.connect.scylla.event;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/**
 * W3C trace contexts made of correlation ids, so that whoever knows the id finds the trace, and the
 * other way round.
 */
final class Trace {

  private Trace() {}

  /**
   * The header {@code traceparent}.
   *
   * @param correlation the correlation id: its digits where it is a UUID, else a hash of it
   * @param key the event's key
   * @param micros the event's time
   */
  static String parent(String correlation, List<ByteBuffer> key, long micros) {
    byte[] bytes = new Digest().add(key).add(micros).bytes();
    return "00-" + trace(correlation) + "-" + hex(bytes, 8) + "-01";
  }

  private static String trace(String correlation) {
    try {
      String digits = UUID.fromString(correlation).toString().replace("-", "");
      if (!digits.chars().allMatch(digit -> digit == '0')) {
        return digits;
      }
    } catch (IllegalArgumentException e) {
      // Not a UUID.
    }
    return hex(Digest.of(correlation), 16);
  }

  /** All zeros would be no trace. */
  private static String hex(byte[] bytes, int length) {
    String digits = HexFormat.of().formatHex(bytes, 0, length);
    return digits.chars().allMatch(digit -> digit == '0')
        ? digits.substring(1) + "1"
        : digits;
  }
}
