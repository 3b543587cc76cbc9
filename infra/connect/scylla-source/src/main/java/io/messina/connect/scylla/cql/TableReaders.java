package io.messina.connect.scylla.cql;

import java.util.function.Predicate;

/** Reads the tables of a task over one session; what is the cluster's is asked for once. */
public final class TableReaders {

  private final CqlSession session;
  private final InFlight inFlight;
  private final Generations vnodes;

  /**
   * Reads over a session.
   *
   * @param concurrency how many reads are under way at a time at most
   */
  public TableReaders(CqlSession session, int concurrency) {
    this.session = session;
    this.inFlight = new InFlight(concurrency);
    this.vnodes = new Generations(new VnodeGenerations(session));
  }

  /**
   * Reads a table.
   *
   * @param carried which columns are read, by their names; those of the key are in any case
   */
  public TableSource of(TableId table, Predicate<String> carried) {
    return new TableReader(session, table, carried, inFlight, vnodes);
  }
}
