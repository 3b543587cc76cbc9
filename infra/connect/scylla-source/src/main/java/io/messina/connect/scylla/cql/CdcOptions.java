package io.messina.connect.scylla.cql;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import shaded.com.scylladb.cdc.driver3.driver.core.Row;
import shaded.com.scylladb.cdc.driver3.driver.core.SimpleStatement;

/**
 * What a table's {@code cdc = {...}} says, asked of the server itself: the driver's metadata lags a
 * CREATE TABLE, and has no table at all where it cannot parse a column's type (vectors).
 */
public final class CdcOptions {

  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final String QUERY =
      "SELECT extensions FROM system_schema.tables WHERE keyspace_name = ? AND table_name = ?";

  private CdcOptions() {}

  /** Whether the table has a CDC log. */
  public static boolean isEnabled(CqlSession session, TableId id) {
    return Boolean.parseBoolean(read(session, id).get("enabled"));
  }

  /**
   * How long the table's log is kept, in microseconds; nothing for ever, or where it is unknown.
   */
  public static OptionalLong lifetime(CqlSession session, TableId id) {
    String ttl = read(session, id).getOrDefault("ttl", "0");
    return ttl.equals("0")
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(ttl) * MICROS_PER_SECOND);
  }

  /** Takes the extension apart: a count, then keys and values with their lengths before them. */
  static Map<String, String> parse(ByteBuffer extension) {
    ByteBuffer rest = extension.slice().order(ByteOrder.LITTLE_ENDIAN);
    Map<String, String> options = new HashMap<>();
    for (int left = rest.getInt(); left > 0; left--) {
      String key = text(rest);
      options.put(key, text(rest));
    }
    return options;
  }

  private static String text(ByteBuffer from) {
    byte[] bytes = new byte[from.getInt()];
    from.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static Map<String, String> read(CqlSession session, TableId id) {
    for (Row row : session.all(new SimpleStatement(QUERY, id.keyspace(), id.name()))) {
      ByteBuffer cdc = row.getMap(0, String.class, ByteBuffer.class).get("cdc");
      if (cdc != null) {
        return parse(cdc);
      }
    }
    return Map.of();
  }
}
