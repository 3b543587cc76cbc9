package io.messina.connect.scylla.cql;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import shaded.com.scylladb.cdc.driver3.driver.core.KeyspaceMetadata;
import shaded.com.scylladb.cdc.driver3.driver.core.Metadata;
import shaded.com.scylladb.cdc.driver3.driver.core.TableMetadata;

/** What a table's {@code cdc = {...}} says, as the driver read it. */
public final class CdcOptions {

  private static final long MICROS_PER_SECOND = 1_000_000;

  private CdcOptions() {}

  /** Whether the table has a CDC log. */
  public static boolean isEnabled(Metadata metadata, TableId id) {
    return table(metadata, id).map(table -> table.getOptions().isScyllaCDC()).orElse(false);
  }

  /**
   * How long the table's log is kept, in microseconds; nothing for ever, or where it is unknown.
   */
  public static OptionalLong lifetime(Metadata metadata, TableId id) {
    Map<String, String> options =
        table(metadata, id).map(table -> table.getOptions().getScyllaCDCOptions()).orElse(null);
    String ttl = options == null ? null : options.get("ttl");
    return ttl == null || ttl.equals("0")
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(ttl) * MICROS_PER_SECOND);
  }

  private static Optional<TableMetadata> table(Metadata metadata, TableId id) {
    KeyspaceMetadata keyspace = metadata.getKeyspace(Metadata.quote(id.keyspace()));
    return Optional.ofNullable(keyspace).map(ks -> ks.getTable(Metadata.quote(id.name())));
  }
}
