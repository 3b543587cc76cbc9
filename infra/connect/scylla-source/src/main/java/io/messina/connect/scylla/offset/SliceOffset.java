package io.messina.connect.scylla.offset;

import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How far a slice has come: Connect's source offset.
 *
 * @param fastUntil the first look has seen all writes before this, in microseconds since 1970
 * @param sweptUntil the second look has, never later than {@code fastUntil}
 * @param signalsUntil the next record of the signals topic to serve
 */
public record SliceOffset(long fastUntil, long sweptUntil, long signalsUntil) {

  static final String FAST = "fast_until";
  static final String SWEPT = "swept_until";
  static final String SIGNALS = "signals_until";

  /** Refuses a second look that is ahead of the first. */
  public SliceOffset {
    if (sweptUntil > fastUntil) {
      throw new IllegalArgumentException(
          "swept_until "
              + Micros.text(sweptUntil)
              + " is later than fast_until "
              + Micros.text(fastUntil));
    }
  }

  /** Where a slice without offsets begins. */
  public static SliceOffset startingAt(long micros) {
    return new SliceOffset(micros, micros, 0);
  }

  /** The same, with this next record of the signals topic to serve. */
  public SliceOffset withSignals(long until) {
    return new SliceOffset(fastUntil, sweptUntil, until);
  }

  /** Connect's source offset, with times as text. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(FAST, Micros.text(fastUntil));
    map.put(SWEPT, Micros.text(sweptUntil));
    map.put(SIGNALS, signalsUntil);
    return map;
  }

  /** Reads a source offset; says what is wrong with it where something is. */
  public static SliceOffset fromMap(Map<String, ?> map) {
    if (map.size() != 3
        || !(map.get(SIGNALS) instanceof Number signals)
        || signals.longValue() < 0) {
      throw new IllegalArgumentException(
          "expected {\"fast_until\": time, \"swept_until\": time, \"signals_until\": integer from 0"
              + " up}, got "
              + map);
    }
    return new SliceOffset(time(map, FAST), time(map, SWEPT), signals.longValue());
  }

  private static long time(Map<String, ?> map, String name) {
    Object value = map.get(name);
    try {
      return Micros.parse(String.valueOf(value));
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(
          name + ": expected a time such as 2026-11-23T06:12:49.123456Z, got " + value, e);
    }
  }
}
