package io.messina.connect.scylla.offset;

import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * How far a slice has come, and of which table: Connect's source offset.
 *
 * @param fastUntil the first look has seen all writes before this, in microseconds since 1970
 * @param sweptUntil the second look has, never later than {@code fastUntil}
 * @param signalsUntil the next record of the signals topic to serve
 * @param table the table that the times speak of; nothing where it is not known yet
 */
public record SliceOffset(
    long fastUntil, long sweptUntil, long signalsUntil, Optional<Table> table) {

  static final String FAST = "fast_until";
  static final String SWEPT = "swept_until";
  static final String SIGNALS = "signals_until";
  static final String TABLE_ID = "table_id";
  static final String KEY = "key";
  private static final Set<String> NAMES = Set.of(FAST, SWEPT, SIGNALS, TABLE_ID, KEY);

  /**
   * What makes a table the one that it was.
   *
   * @param id the server's id of the table
   * @param key the names of its key columns, as {@code a, b}
   */
  public record Table(UUID id, String key) {}

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

  /** An offset of a table that is not known yet. */
  public SliceOffset(long fastUntil, long sweptUntil, long signalsUntil) {
    this(fastUntil, sweptUntil, signalsUntil, Optional.empty());
  }

  /** Where a slice without offsets begins. */
  public static SliceOffset startingAt(long micros) {
    return new SliceOffset(micros, micros, 0);
  }

  /** The same, with other times. */
  public SliceOffset withTimes(long fast, long swept) {
    return new SliceOffset(fast, swept, signalsUntil, table);
  }

  /** The same, with this next record of the signals topic to serve. */
  public SliceOffset withSignals(long until) {
    return new SliceOffset(fastUntil, sweptUntil, until, table);
  }

  /** The same, of this table. */
  public SliceOffset of(Table known) {
    return new SliceOffset(fastUntil, sweptUntil, signalsUntil, Optional.of(known));
  }

  /** Connect's source offset, with times as text. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(FAST, Micros.text(fastUntil));
    map.put(SWEPT, Micros.text(sweptUntil));
    map.put(SIGNALS, signalsUntil);
    table.ifPresent(
        known -> {
          map.put(TABLE_ID, known.id().toString());
          map.put(KEY, known.key());
        });
    return map;
  }

  /** Reads a source offset; says what is wrong with it where something is. */
  public static SliceOffset fromMap(Map<String, ?> map) {
    if (!NAMES.containsAll(map.keySet())
        || map.containsKey(TABLE_ID) != map.containsKey(KEY)
        || !(map.get(SIGNALS) instanceof Number signals)
        || signals.longValue() < 0) {
      throw new IllegalArgumentException(
          "expected {\"fast_until\": time, \"swept_until\": time, \"signals_until\": integer from 0"
              + " up}, with or without \"table_id\": uuid and \"key\": column names together, got "
              + map);
    }
    return new SliceOffset(time(map, FAST), time(map, SWEPT), signals.longValue(), table(map));
  }

  private static Optional<Table> table(Map<String, ?> map) {
    if (!map.containsKey(TABLE_ID)) {
      return Optional.empty();
    }
    try {
      UUID id = UUID.fromString(String.valueOf(map.get(TABLE_ID)));
      return Optional.of(new Table(id, String.valueOf(map.get(KEY))));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "table_id: expected a UUID, as in system_schema.tables, got " + map.get(TABLE_ID), e);
    }
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
