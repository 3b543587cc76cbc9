package io.messina.connect.scylla.ring;

/**
 * The tokens of a slice.
 *
 * @param first the lowest token in it
 * @param last the highest token in it
 */
public record TokenRange(long first, long last) {

  /**
   * Whether a range of the ring, {@code (after, upTo]}, which may wrap, shares a token with this.
   */
  public boolean meets(long after, long upTo) {
    boolean wraps = after >= upTo;
    return wraps ? after < last || upTo >= first : after < last && upTo >= first;
  }

  /** Whether a token lies in it. */
  public boolean contains(long token) {
    return first <= token && token <= last;
  }
}
