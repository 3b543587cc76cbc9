package io.messina.connect.scylla.round;

import io.messina.connect.scylla.cql.RowBudget;
import java.util.function.BooleanSupplier;

/**
 * How much a round takes at once, so that its rows fit in memory and its transaction is over in
 * time, however large the rows are.
 *
 * <p>A round that turns out too large is thrown away. Where signals had rows in it, it is made again
 * without them, and the next ones take fewer; where the log alone was too much, with shorter
 * windows. What can't be divided any more is taken as it is: one moment of the log, or one signalled
 * row.
 */
final class Portion {

  private static final long BYTES = 64L << 20;
  private static final int SIGNALLED = 4_000;

  private final long bytes;
  private int most = SIGNALLED;
  private int taken;
  private boolean logOnly;
  private boolean oneMoment;
  private boolean oneRow;
  private RowBudget budget;

  /** Rounds whose rows have at most so many bytes, or one row of the largest. */
  Portion(long largestRow) {
    this.bytes = Math.max(BYTES, largestRow);
  }

  /** Begins a round, or begins it again. */
  void begin() {
    taken = 0;
    budget = new RowBudget(bytes);
    if (oneMoment) {
      budget.lift();
    }
  }

  /** What the rows of this round are counted against. */
  RowBudget budget() {
    return budget;
  }

  /** How many more signalled rows this round may read. */
  int signalled() {
    return logOnly ? 0 : most - taken;
  }

  /** So many signalled rows are about to be read. */
  void takes(int rows) {
    taken += rows;
    if (oneRow && rows > 0) {
      budget.lift();
    }
  }

  /**
   * The round was too large.
   *
   * @param shorten makes its windows shorter, and says whether they could be
   */
  void tooLarge(BooleanSupplier shorten) {
    if (taken == 0) {
      oneMoment = !shorten.getAsBoolean();
      return;
    }
    logOnly = true;
    oneRow = most == 1;
    most = Math.max(1, most / 4);
  }

  /** The round was made; says whether there was little room left. */
  boolean made() {
    boolean full = budget.halfTaken();
    oneMoment = false;
    logOnly = false;
    if (taken > 0) {
      oneRow &= full;
    }
    if (taken >= most && !full) {
      most = Math.min(SIGNALLED, most * 2);
    }
    return full;
  }
}
