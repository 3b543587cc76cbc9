package io.messina.connect.scylla.cql;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import shaded.com.scylladb.cdc.driver3.driver.core.SimpleStatement;

/**
 * What a table's {@code cdc = {...}} says, asked of the server itself: the driver's metadata lags a
 * CREATE TABLE, and has no table at all where it cannot parse a column's type (vectors).
 *
 * @param isEnabled whether changes are logged; a log may be there though they are not any more
 * @param lifetime how long the log is kept, in microseconds; nothing for ever
 */
public record CdcOptions(boolean isEnabled, OptionalLong lifetime) {

  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final String QUERY =
      "SELECT extensions FROM system_schema.tables WHERE keyspace_name = ? AND table_name = ?";

  /** The options of a table, or nothing where there is no such table. */
  public static Optional<CdcOptions> of(CqlSession session, TableId id) {
    return session.all(new SimpleStatement(QUERY, id.keyspace(), id.name())).stream()
        .map(row -> row.getMap(0, String.class, ByteBuffer.class).get("cdc"))
        .map(cdc -> cdc == null ? Map.<String, String>of() : parse(cdc))
        .map(CdcOptions::of)
        .findFirst();
  }

  /** The options as they are spelled; without any there is no log. */
  static CdcOptions of(Map<String, String> options) {
    long seconds = Long.parseLong(options.getOrDefault("ttl", "0"));
    return new CdcOptions(
        Boolean.parseBoolean(options.get("enabled")),
        seconds == 0 ? OptionalLong.empty() : OptionalLong.of(seconds * MICROS_PER_SECOND));
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
}
