package io.messina.standin.late;

/**
 * By how much later the writes to a table are visible than they are acknowledged.
 *
 * @param logMillis for the rows of its log
 * @param baseMillis for its own rows
 */
public record Delay(long logMillis, long baseMillis) {

  /** Everything is visible at once. */
  public static final Delay NONE = new Delay(0, 0);
}
