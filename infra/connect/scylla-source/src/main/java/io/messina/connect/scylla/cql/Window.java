package io.messina.connect.scylla.cql;

import io.messina.connect.scylla.offset.Micros;

/**
 * A stretch of write times, in microseconds since 1970.
 *
 * @param from its first microsecond
 * @param to the microsecond after its last
 */
public record Window(long from, long to) {

  /** Refuses a window that ends before it begins. */
  public Window {
    if (to < from) {
      throw new IllegalArgumentException("a window of " + from + " to " + to);
    }
  }

  /** Whether a write time lies in it. */
  public boolean contains(long micros) {
    return from <= micros && micros < to;
  }

  /** Whether nothing can lie in it. */
  public boolean isEmpty() {
    return from == to;
  }

  @Override
  public String toString() {
    return Micros.text(from) + " to " + Micros.text(to);
  }
}
