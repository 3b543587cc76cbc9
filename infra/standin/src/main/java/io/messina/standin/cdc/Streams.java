package io.messina.standin.cdc;

import org.apache.cassandra.exceptions.InvalidRequestException;

/** Where the log rows of a table go: to the streams of the ring, or to those of its tablets. */
interface Streams {

  /** How far ahead of this server's clock a write may be, and how far behind a generation. */
  long LEEWAY_MICROS = 5_000_000;

  long MICROS_PER_MILLI = 1_000;

  /** Returns the stream for a change of a token with a write timestamp, or refuses the write. */
  StreamId streamFor(long writeMicros, long token, long nowMicros);

  /** Refuses a write that is so far ahead that its streams cannot be known yet. */
  static void refuseFuture(long writeMicros, long nowMicros) {
    if (writeMicros > nowMicros + LEEWAY_MICROS) {
      throw refusal("future", "arbitrarily into the future", writeMicros, nowMicros);
    }
  }

  /** The error for a write to streams that are not known yet, or no longer in use. */
  static InvalidRequestException refusal(
      String where, String how, long writeMicros, long nowMicros) {
    return new InvalidRequestException(
        String.format(
            "cdc: attempted to get a stream \"from the %s\" (%d; current server time: %d)."
                + " With CDC you cannot send writes with timestamps %s.",
            where, writeMicros, nowMicros, how));
  }
}
