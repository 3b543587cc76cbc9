package io.messina.connect.scylla;

import io.messina.connect.scylla.cql.CdcOptions;
import io.messina.connect.scylla.cql.Column;
import io.messina.connect.scylla.cql.ColumnId;
import io.messina.connect.scylla.cql.CqlSession;
import io.messina.connect.scylla.cql.Replication;
import io.messina.connect.scylla.cql.SchemaReader;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.TableRules;
import io.messina.connect.scylla.cql.TableSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import shaded.com.scylladb.cdc.driver3.driver.core.KeyspaceMetadata;
import shaded.com.scylladb.cdc.driver3.driver.core.Metadata;
import shaded.com.scylladb.cdc.driver3.driver.core.SimpleStatement;
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.InvalidQueryException;
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.UnauthorizedException;

/** Looks at the tables of a configuration before anything runs. */
final class TableChecks {

  private final CqlSession session;
  private final SourceConfig config;
  private final Map<TableId, TableSchema> schemas = new HashMap<>();
  private final List<Fault> faults = new ArrayList<>();

  private TableChecks(CqlSession session, SourceConfig config) {
    this.session = session;
    this.config = config;
  }

  /**
   * Something that stands against carrying the tables.
   *
   * @param setting the setting to correct
   * @param message what is wrong, and what to do
   */
  record Fault(String setting, String message) {}

  /** All that stands against carrying the tables. */
  static List<Fault> faults(CqlSession session, SourceConfig config) {
    TableChecks checks = new TableChecks(session, config);
    config.tables().forEach(checks::table);
    checks.known(Settings.INCLUDE, config.includedColumns());
    checks.columns(Settings.EXCLUDE, config.excludedColumns());
    checks.columns(Settings.MASK_HMAC, config.hmacColumns());
    checks.columns(Settings.MASK_NULL, config.nullColumns());
    config.tables().stream().map(TableId::keyspace).distinct().forEach(checks::replication);
    return checks.faults;
  }

  private void table(TableId table) {
    Optional<TableSchema> read = new SchemaReader(session).read(table);
    if (read.isEmpty()) {
      told(Settings.TABLES, "table " + table + " does not exist; " + others(table.keyspace()));
      return;
    }
    schemas.put(table, read.get());
    TableRules.faults(carried(read.get())).forEach(fault -> told(Settings.TABLES, fault));
    if (CdcOptions.of(session, table).filter(CdcOptions::isEnabled).isEmpty()) {
      told(
          Settings.TABLES,
          "table "
              + table
              + " has no CDC; switch it on: ALTER TABLE "
              + table.cql()
              + " WITH cdc = {'enabled': true}");
      return;
    }
    readable(table, read.get().partitionKey());
    readable(table.log(), List.of());
  }

  /** What is left out need not be of a type that is carried. */
  private TableSchema carried(TableSchema table) {
    return table.carrying(config.carriedColumns(table.id()));
  }

  private String others(String keyspace) {
    KeyspaceMetadata found = session.metadata().getKeyspace(Metadata.quote(keyspace));
    if (found == null) {
      Set<String> names =
          session.metadata().getKeyspaces().stream()
              .map(KeyspaceMetadata::getName)
              .filter(name -> !name.startsWith("system"))
              .collect(Collectors.toCollection(TreeSet::new));
      return "there is no keyspace " + keyspace + ", only " + names;
    }
    Set<String> names =
        found.getTables().stream()
            .map(table -> table.getName())
            .filter(name -> !name.endsWith("_scylla_cdc_log"))
            .collect(Collectors.toCollection(TreeSet::new));
    return "the keyspace " + keyspace + " has " + names;
  }

  /** Reads at one token, which costs next to nothing. */
  private void readable(TableId table, List<Column> partitionKey) {
    String key =
        partitionKey.isEmpty()
            ? TableId.quote("cdc$stream_id")
            : partitionKey.stream()
                .map(column -> TableId.quote(column.name()))
                .collect(Collectors.joining(", "));
    String query =
        "SELECT " + key + " FROM " + table.cql() + " WHERE token(" + key + ") = 0 LIMIT 1";
    try {
      session.all(new SimpleStatement(query));
    } catch (UnauthorizedException e) {
      told(
          Settings.USER,
          "the user '"
              + config.user()
              + "' may not read "
              + table
              + ": GRANT SELECT ON "
              + table.cql()
              + " TO "
              + TableId.quote(config.user()));
    } catch (InvalidQueryException e) {
      told(Settings.TABLES, "table " + table + " cannot be read: " + e.getMessage());
    }
  }

  private void columns(String setting, Set<ColumnId> columns) {
    known(setting, columns);
    for (ColumnId id : columns) {
      if (column(id).filter(Column::isKey).isPresent()) {
        told(
            setting,
            id + " is a key column, which rows are told apart by; it must be carried as it is");
      }
    }
  }

  private Optional<Column> column(ColumnId id) {
    return Optional.ofNullable(schemas.get(id.table())).stream()
        .flatMap(table -> table.columns().stream())
        .filter(known -> known.name().equals(id.name()))
        .findFirst();
  }

  private void known(String setting, Set<ColumnId> columns) {
    for (ColumnId id : columns) {
      TableSchema table = schemas.get(id.table());
      if (table != null && column(id).isEmpty()) {
        told(
            setting,
            "table "
                + id.table()
                + " has no column "
                + id.name()
                + ", only "
                + table.columns().stream().map(Column::name).toList());
      }
    }
  }

  private void replication(String keyspace) {
    KeyspaceMetadata found = session.metadata().getKeyspace(Metadata.quote(keyspace));
    if (found == null) {
      return;
    }
    Replication.of(found.getReplication())
        .filter(
            replication ->
                !replication.overlap(
                    config.consistency(), config.writeConsistency(), config.localDatacenter()))
        .ifPresent(replication -> told(Settings.CONSISTENCY, misses(keyspace, replication)));
  }

  private String misses(String keyspace, Replication replication) {
    return "the keyspace "
        + keyspace
        + " ("
        + replication
        + ") is read at "
        + config.consistency()
        + " and written at "
        + config.writeConsistency()
        + ", which need not meet, so changes could be missed; read at QUORUM, or, where writers"
        + " use EACH_QUORUM, or LOCAL_QUORUM in the datacenter that is read, say so in "
        + Settings.WRITE_CONSISTENCY
        + " and name it in "
        + Settings.LOCAL_DATACENTER;
  }

  private void told(String setting, String message) {
    faults.add(new Fault(setting, message));
  }
}
