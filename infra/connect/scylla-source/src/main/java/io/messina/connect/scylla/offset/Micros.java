package io.messina.connect.scylla.offset;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;

/** Microseconds since 1970, and as text that a person can read. */
public final class Micros {

  private static final DateTimeFormatter TEXT =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private Micros() {}

  /** The time now. */
  public static long now() {
    return of(Instant.now());
  }

  /** The microseconds of an instant. */
  public static long of(Instant instant) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
  }

  /** Such as {@code 2026-11-23T06:12:49.123456Z}. */
  public static String text(long micros) {
    return TEXT.format(Instant.EPOCH.plus(micros, ChronoUnit.MICROS));
  }

  /** Reads an ISO 8601 time in UTC. */
  public static long parse(String text) {
    return of(Instant.parse(text));
  }
}
