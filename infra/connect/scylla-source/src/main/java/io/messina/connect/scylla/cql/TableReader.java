package io.messina.connect.scylla.cql;

import io.messina.connect.scylla.ring.TokenRange;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one table: its log by window, its rows by key, with statements prepared again when the
 * table changed.
 */
public final class TableReader implements TableSource {

  private static final Logger LOG = LoggerFactory.getLogger(TableReader.class);

  private final CqlSession session;
  private final TableId table;
  private final InFlight inFlight;
  private final Generations generations;
  private String schemaVersion;
  private TableSchema schema;
  private LogReader log;
  private RowReader rows;

  /** Reads a table over a session, with a bound on the reads at a time. */
  public TableReader(CqlSession session, TableId table, InFlight inFlight) {
    this.session = session;
    this.table = table;
    this.inFlight = inFlight;
    this.generations = new Generations(session, table);
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
      TableSchema now = reader.read(table).orElseThrow(() -> new TableGoneException(table));
      reader.read(table.log()).orElseThrow(() -> new TableGoneException(table));
      if (!now.equals(schema)) {
        adopt(now);
      }
      schemaVersion = agreed ? version : null;
    }
    return schema;
  }

  private void adopt(TableSchema now) {
    TableRules.refuse(now);
    LOG.info(
        "{}: {} columns, key {}",
        table,
        now.columns().size(),
        now.key().stream().map(Column::name).toList());
    log = new LogReader(session, inFlight, now);
    rows = new RowReader(session, inFlight, now);
    schema = now;
  }

  @Override
  public void forgetSchema() {
    schemaVersion = null;
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
            () -> generations.streams(window, slices)),
        window,
        limit);
  }

  @Override
  public List<RowState> rows(List<RowKey> keys) throws InterruptedException {
    return rows.rows(keys);
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
