package io.messina.standin.cdc;

import java.util.function.Supplier;
import org.apache.cassandra.exceptions.InvalidRequestException;
import org.apache.cassandra.schema.KeyspaceMetadata;
import org.apache.cassandra.schema.Keyspaces;
import org.apache.cassandra.schema.TableId;
import org.apache.cassandra.schema.TableMetadata;
import org.apache.cassandra.schema.Tables;

/**
 * What a change of one table's schema means for its log: the log is made, follows, or goes in the
 * same step, or the whole change is refused. Messages are ScyllaDB's.
 */
final class CdcSchema {

  private final Keyspaces before;
  private final Keyspaces after;
  private final String keyspace;
  private final String table;
  private final Supplier<TableId> ids;

  /**
   * Looks at a change.
   *
   * @param before the schema as it is
   * @param after the schema as the statement alone would leave it
   * @param keyspace the keyspace of the statement's table
   * @param table the statement's table
   * @param ids where the id of a new log comes from
   */
  CdcSchema(
      Keyspaces before, Keyspaces after, String keyspace, String table, Supplier<TableId> ids) {
    this.before = before;
    this.after = after;
    this.keyspace = keyspace;
    this.table = table;
    this.ids = ids;
  }

  /** Returns the schema with the table's log in step; {@code requested} is null when not given. */
  Keyspaces follow(CdcOptions requested) {
    TableMetadata old = find(before, table);
    TableMetadata now = find(after, table);
    if (old == null && now == null) {
      return after;
    }
    if (now == null) {
      return dropped();
    }
    if (old == null) {
      return requested == null ? after : created(now, requested);
    }
    return altered(old, now, requested);
  }

  private Keyspaces dropped() {
    if (isLogOfLoggedTable()) {
      throw new InvalidRequestException("Cannot DROP cdc log table " + table);
    }
    TableMetadata log = find(after, LogNames.logOf(table));
    if (log == null || !LogSchema.isLog(log)) {
      return after;
    }
    KeyspaceMetadata metadata = after.getNullable(keyspace);
    return after.withAddedOrUpdated(metadata.withSwapped(metadata.tables.without(log.name)));
  }

  private Keyspaces created(TableMetadata now, CdcOptions requested) {
    if (requested.enabled() == null) {
      return after;
    }
    return put(CdcTables.withOptions(now, requested), requested);
  }

  private Keyspaces altered(TableMetadata old, TableMetadata now, CdcOptions requested) {
    if (LogSchema.isLog(old)) {
      refuseColumnChange(old, now);
    }
    if (requested == null) {
      CdcOptions options = CdcTables.optionsOf(now);
      return options == null || old.equals(now) ? after : put(now, options);
    }
    if (requested.enabled() == null) {
      throw new InvalidRequestException(
          "Altering CDC options requires specifying \"enabled\" flag");
    }
    return put(CdcTables.withOptions(now, requested), requested);
  }

  private Keyspaces put(TableMetadata base, CdcOptions options) {
    KeyspaceMetadata metadata = after.getNullable(keyspace);
    Tables tables = metadata.tables.withSwapped(base);
    if (options.isEnabled()) {
      tables = withLog(tables, base, options);
    }
    return after.withAddedOrUpdated(metadata.withSwapped(tables));
  }

  private Tables withLog(Tables tables, TableMetadata base, CdcOptions options) {
    if (isLogOfLoggedTable()) {
      throw new InvalidRequestException(
          String.format(
              "Cannot create a CDC log for a table %s.%s, because creating nested CDC logs is not"
                  + " allowed",
              keyspace, table));
    }
    if (base.isCounter()) {
      throw new InvalidRequestException(
          String.format(
              "Cannot create CDC log for table %s.%s. Counter support not implemented",
              keyspace, table));
    }
    TableMetadata log = tables.getNullable(LogNames.logOf(table));
    if (log == null) {
      return tables.with(LogSchema.create(base, options, ids.get()));
    }
    if (!LogSchema.isLog(log)) {
      throw new InvalidRequestException(
          String.format(
              "Cannot create CDC log table for table %s.%s because a table of name %s.%s already"
                  + " exists",
              keyspace, table, keyspace, log.name));
    }
    return tables.withSwapped(LogSchema.follow(base, log));
  }

  private void refuseColumnChange(TableMetadata old, TableMetadata now) {
    if (!old.columns().equals(now.columns())) {
      throw new InvalidRequestException(
          "You cannot modify the set of columns of a CDC log table directly. "
              + "Modify the base table instead.");
    }
  }

  /** Says whether the statement's table is the log of a table whose changes are logged. */
  private boolean isLogOfLoggedTable() {
    if (!LogNames.isLog(table)) {
      return false;
    }
    TableMetadata base = find(before, LogNames.baseOf(table));
    return base != null && CdcTables.isEnabled(base);
  }

  private TableMetadata find(Keyspaces schema, String name) {
    KeyspaceMetadata metadata = schema.getNullable(keyspace);
    return metadata == null ? null : metadata.tables.getNullable(name);
  }
}
