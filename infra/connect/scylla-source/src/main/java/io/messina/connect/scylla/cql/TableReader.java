package io.messina.connect.scylla.cql;

import io.messina.connect.scylla.ring.TokenRange;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import shaded.com.scylladb.cdc.driver3.driver.core.KeyspaceMetadata;
import shaded.com.scylladb.cdc.driver3.driver.core.Metadata;

/**
 * Reads one table: its log by window, its rows by key, with statements prepared again when the
 * table changed.
 */
final class TableReader implements TableSource {

  private static final Logger LOG = LoggerFactory.getLogger(TableReader.class);

  private final CqlSession session;
  private final TableId table;
  private final Predicate<String> carried;
  private final InFlight inFlight;
  private final Generations vnodes;
  private final Generations tablets;
  private String schemaVersion;
  private TableSchema schema;
  private OptionalLong lifetime = OptionalLong.empty();
  private LogReader log;
  private RowReader rows;

  /**
   * Reads a table over a session.
   *
   * @param carried which columns are read, by their names; those of the key are in any case
   * @param inFlight bounds the reads at a time
   * @param vnodes the generations of tables without tablets
   */
  TableReader(
      CqlSession session,
      TableId table,
      Predicate<String> carried,
      InFlight inFlight,
      Generations vnodes) {
    this.session = session;
    this.table = table;
    this.carried = carried;
    this.inFlight = inFlight;
    this.vnodes = vnodes;
    this.tablets = new Generations(new TabletGenerations(session, table));
  }

  @Override
  public TableSchema schema() {
    return Reads.named(table, () -> "its columns", this::readSchema);
  }

  private TableSchema readSchema() {
    String version = session.schemaVersion();
    if (!version.equals(schemaVersion)) {
      // Asked before the columns are read: while nodes disagree, the columns may come from one that
      // does not know of the change that the version speaks of, and would be taken for the newest.
      boolean agreed = session.schemaAgreed();
      SchemaReader reader = new SchemaReader(session);
      TableSchema all = reader.read(table).orElseThrow(() -> new TableGoneException(table));
      TableSchema now = all.carrying(carried);
      CdcOptions cdc =
          CdcOptions.of(session, table).orElseThrow(() -> new TableGoneException(table));
      if (agreed && !cdc.isEnabled()) {
        throw switchedOff();
      }
      reader.read(table.log()).orElseThrow(() -> new TableGoneException(table));
      if (!now.equals(schema)) {
        adopt(now);
      }
      lifetime = cdc.lifetime();
      schemaVersion = agreed ? version : null;
    }
    return schema;
  }

  /** The log stays where it is then, and says nothing of what is written. */
  private TableStoppedException switchedOff() {
    return new TableStoppedException(
        "CDC of table "
            + table
            + " was switched off: what is written since then is in no log. Its offsets were kept."
            + " Switch it on (ALTER TABLE "
            + table.cql()
            + " WITH cdc = {'enabled': true}) and restart the task, then compare the table with the"
            + " sink (`messina reconcile run`); or take it out of 'tables'.",
        null);
  }

  private void adopt(TableSchema now) {
    TableRules.refuse(now);
    LOG.info(
        "{}: {} columns, key {}",
        table,
        now.columns().size(),
        now.key().stream().map(Column::name).toList());
    if (schema != null && !schema.uuid().equals(now.uuid())) {
      tablets.forget();
    }
    log = new LogReader(session, inFlight, now, log);
    rows = new RowReader(session, inFlight, now);
    schema = now;
  }

  @Override
  public void forgetSchema() {
    schemaVersion = null;
  }

  @Override
  public OptionalLong logLifetime() {
    if (schemaVersion == null) {
      schema();
    }
    return lifetime;
  }

  @Override
  public void sweptUntil(long micros) {
    vnodes.forgetBefore(micros);
    tablets.forgetBefore(micros);
  }

  @Override
  public List<LogEntry> log(Window window, Collection<TokenRange> slices, int limit)
      throws InterruptedException {
    if (schemaVersion == null) {
      schema();
    }
    return log.read(
        Reads.named(
            table,
            () -> "the CDC generations of window " + window,
            () -> generations().streams(window, slices)),
        window,
        limit);
  }

  private Generations generations() {
    KeyspaceMetadata keyspace = session.metadata().getKeyspace(Metadata.quote(table.keyspace()));
    return keyspace != null && keyspace.usesTablets() ? tablets : vnodes;
  }

  @Override
  public List<RowState> rows(List<RowKey> keys, RowBudget budget) throws InterruptedException {
    return rows.rows(keys, budget);
  }

  @Override
  public KeyPage keys(
      TokenRange range, RowKey.Kind kind, Optional<KeyPage.Position> after, int limit) {
    if (schemaVersion == null) {
      schema();
    }
    return Reads.named(
        table,
        () -> "keys of tokens " + range.first() + " to " + range.last(),
        () -> rows.keys(range.first(), range.last(), kind, after, limit));
  }
}
