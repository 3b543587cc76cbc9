package io.messina.connect.scylla.kafka;

import java.util.Optional;

/** The records of the signals topic, in order. */
public interface SignalLog {

  /**
   * Where the topic began and ended when its first record was about to be read.
   *
   * @param start its first offset
   * @param end the offset behind its last committed record
   */
  record Bounds(long start, long end) {

    /**
     * An offset to go on from: its own, or the start where the topic never got there, because it
     * was made anew.
     */
    public long within(long offset) {
      return offset > end ? start : offset;
    }
  }

  /**
   * One record.
   *
   * @param offset its offset
   * @param value its bytes, or null
   */
  record Entry(long offset, byte[] value) {}

  /** Where the topic began and ended, or nothing as long as it could not be asked. */
  Optional<Bounds> bounds();

  /** The next record, or null where none waits; it stays the next one. */
  Entry peek();

  /** Passes over the record that {@link #peek} returned. */
  void next();
}
