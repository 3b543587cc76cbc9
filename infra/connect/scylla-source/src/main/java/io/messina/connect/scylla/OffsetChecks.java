package io.messina.connect.scylla;

import io.messina.connect.scylla.offset.Micros;
import io.messina.connect.scylla.offset.SliceId;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/** Looks at offsets that a person wants to set. */
final class OffsetChecks {

  private static final String FAST = "fast_until";
  private static final String SWEPT = "swept_until";
  private static final String SIGNALS = "signals_until";
  private static final String TABLE_ID = "table_id";
  private static final String KEY = "key";
  private static final Set<String> KNOWN = Set.of(FAST, SWEPT, SIGNALS, TABLE_ID, KEY);

  private final SourceConfig config;
  private final long now;
  private final List<String> problems = new ArrayList<>();

  private OffsetChecks(SourceConfig config, long now) {
    this.config = config;
    this.now = now;
  }

  /**
   * All that is wrong, one line each. An offset that is null clears what is stored, whatever it is.
   *
   * @param now the time beyond which no offset can be
   */
  static List<String> problems(
      SourceConfig config, Map<Map<String, ?>, Map<String, ?>> offsets, long now) {
    OffsetChecks checks = new OffsetChecks(config, now);
    offsets.forEach(
        (partition, offset) -> {
          if (offset != null) {
            checks.check(partition, offset);
          }
        });
    checks.problems.sort(null);
    return checks.problems;
  }

  private void check(Map<String, ?> partition, Map<String, ?> offset) {
    String where = String.valueOf(partition);
    try {
      SliceId slice = SliceId.fromMap(partition);
      where = slice.toString();
      owned(slice);
    } catch (IllegalArgumentException e) {
      told(where, e.getMessage());
    }
    Set<String> others = new TreeSet<>(offset.keySet());
    others.removeAll(KNOWN);
    if (!others.isEmpty()) {
      told(where, others + " is unknown; there are " + new TreeSet<>(KNOWN));
    }
    OptionalLong fast = time(where, offset, FAST);
    OptionalLong swept = time(where, offset, SWEPT);
    if (fast.isPresent() && swept.isPresent() && swept.getAsLong() > fast.getAsLong()) {
      told(where, SWEPT + " is later than " + FAST + "; the second look follows the first");
    }
    signals(where, offset.get(SIGNALS));
    tableId(where, offset);
    if (offset.containsKey(KEY)
        && !(offset.get(KEY) instanceof String key && !key.isBlank())) {
      told(where, KEY + ": expected the key columns' names, such as \"id, day\"");
    }
  }

  private void owned(SliceId slice) {
    if (!config.tables().contains(slice.table())) {
      told(slice.toString(), "the connector has no table " + slice.table() + ", only " + tables());
    } else if (slice.slice() < 0 || slice.slice() >= config.slices()) {
      told(slice.toString(), "there are only the slices 0 to " + (config.slices() - 1));
    }
  }

  private String tables() {
    return config.tables().toString();
  }

  private OptionalLong time(String where, Map<String, ?> offset, String name) {
    if (!offset.containsKey(name)) {
      told(where, name + " is missing; give all of " + FAST + ", " + SWEPT + ", " + SIGNALS);
      return OptionalLong.empty();
    }
    Object value = offset.get(name);
    try {
      long time = Micros.parse(value instanceof String text ? text : "");
      if (time > now) {
        told(where, name + " is in the future (" + value + "): writes until then would be missed");
      }
      return OptionalLong.of(time);
    } catch (DateTimeParseException e) {
      told(where, name + ": expected a time such as \"2026-11-23T06:12:49.123456Z\", got " + value);
      return OptionalLong.empty();
    }
  }

  private void signals(String where, Object value) {
    boolean whole =
        value instanceof Integer
            || value instanceof Long
            || value instanceof Number number && number.doubleValue() == number.longValue();
    if (!whole || ((Number) value).longValue() < 0) {
      told(where, SIGNALS + ": expected an integer from 0 up, got " + value);
    }
  }

  private void tableId(String where, Map<String, ?> offset) {
    Object value = offset.get(TABLE_ID);
    if (!offset.containsKey(TABLE_ID)) {
      return;
    }
    try {
      UUID id = UUID.fromString(value instanceof String text ? text : "");
      if (id.toString().equals(value)) {
        return;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    told(
        where,
        TABLE_ID
            + ": expected the table's id in system_schema.tables, such as"
            + " \"9d7dd530-8f2f-11f0-8de9-0242ac120002\", got "
            + value);
  }

  private void told(String where, String problem) {
    problems.add(where + ": " + problem);
  }
}
