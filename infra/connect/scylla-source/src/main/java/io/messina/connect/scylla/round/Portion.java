package io.messina.connect.scylla.round;

import io.messina.connect.scylla.cql.RowBudget;

/**
 * How much a round takes at once, so that its rows fit in memory and its transaction is over in
 * time, however large the rows are.
 *
 * <p>A round that turns out too large is thrown away and made again with less: shorter windows and
 * fewer signalled rows. What can't be divided any more is taken as it is.
 */
final class Portion {

  private static final long BYTES = 64L << 20;
  private static final int SIGNALLED = 2_000;

  private final long bytes;
  private int signalled = SIGNALLED;
  private boolean undivided;
  private boolean more;
  private RowBudget budget;

  /** Rounds whose rows have at most so many bytes, or one row of the largest. */
  Portion(long largestRow) {
    this.bytes = Math.max(BYTES, largestRow);
  }

  /** Begins a round, or begins it again. */
  void begin() {
    more = false;
    budget = undivided ? RowBudget.unlimited() : new RowBudget(bytes);
  }

  /** What the rows of this round are counted against. */
  RowBudget budget() {
    return budget;
  }

  /** How many signalled rows of a slice a round reads at most. */
  int signalled() {
    return signalled;
  }

  /** So many signalled rows of a slice are read: where they are as many as may be, more wait. */
  void takes(int rows) {
    more |= rows >= signalled;
  }

  /**
   * The round was too large.
   *
   * @param shorter whether its windows are shorter the next time
   */
  void tooLarge(boolean shorter) {
    undivided = !shorter && signalled == 1;
    signalled = Math.max(1, signalled / 4);
  }

  /** The round was made; says whether there was little room left. */
  boolean made() {
    boolean full = undivided || budget.halfTaken();
    undivided = false;
    if (more && !full) {
      signalled = Math.min(SIGNALLED, signalled * 2);
    }
    return full;
  }
}
