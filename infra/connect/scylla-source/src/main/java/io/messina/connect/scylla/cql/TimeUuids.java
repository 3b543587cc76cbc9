package io.messina.connect.scylla.cql;


import java.util.UUID;

/**
 * Version 1 UUIDs as bounds of windows, exact to the microsecond (the driver's own know
 * milliseconds).
 */
public final class TimeUuids {

  /** 100-ns ticks between 1582-10-15, where such UUIDs begin, and 1970. */
  private static final long EPOCH_TICKS = 0x01b21dd213814000L;

  private static final long LOWEST_NODE = 0x8080808080808080L;

  private TimeUuids() {}

  /** The lowest UUID of a microsecond, in the order in which CQL compares timeuuids. */
  public static UUID lowest(long micros) {
    long ticks = micros * 10 + EPOCH_TICKS;
    long high = ticks << 32 | (ticks & 0xffff00000000L) >>> 16 | 0x1000L | ticks >>> 48 & 0xfffL;
    return new UUID(high, LOWEST_NODE);
  }

  /** The microseconds since 1970 of a version 1 UUID. */
  public static long micros(UUID uuid) {
    return Math.floorDiv(uuid.timestamp() - EPOCH_TICKS, 10L);
  }
}
