package io.messina.connect.scylla.event;

import io.messina.connect.scylla.cql.LogEntry;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.cql.Window;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.ring.TokenRange;
import java.util.Optional;
import java.util.UUID;

/**
 * A notice of a change that a re-read of one row can't cure.
 *
 * @param slice whose it is
 * @param schema the table as it was then
 * @param kind what happened
 * @param place where
 * @param lost the write times it is about, where they are known
 * @param writeMicros when it was written, in microseconds since 1970
 * @param dueMicros from when on it can be healed
 * @param reason why, where that is not plain
 * @param mark what tells it from others of its kind and place
 * @param correlation the id of what it came of; nothing for its own
 */
public record Gap(
    SliceId slice,
    TableSchema schema,
    Kind kind,
    Place place,
    Optional<Window> lost,
    long writeMicros,
    long dueMicros,
    Optional<String> reason,
    long mark,
    Optional<String> correlation) {

  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final long TOGETHER = 5 * MICROS_PER_SECOND;

  /** What happened. */
  public enum Kind {
    /** Rows between two bounds were deleted. */
    RANGE_DELETE,
    /** All rows of a partition were deleted. */
    PARTITION_DELETE,
    /** What was written to a row will expire. */
    TTL,
    /** A row was read and could not become an event. */
    UNREADABLE,
    /** The log of a time was removed before it was read. */
    LOG_LOST,
    /** The table was dropped and created again. */
    TABLE_RECREATED
  }

  /** A deleted range; either of its log entries may be missing, then that side is open. */
  public static Gap rangeDelete(
      SliceId slice, TableSchema schema, Optional<LogEntry> left, Optional<LogEntry> right) {
    Place place = Place.between(schema, left, right);
    return ofLog(slice, schema, Kind.RANGE_DELETE, place, left.or(() -> right).orElseThrow(), 0);
  }

  /** A deleted partition of a table with clustering columns. */
  public static Gap partitionDelete(SliceId slice, TableSchema schema, LogEntry entry) {
    Optional<LogEntry> it = Optional.of(entry);
    return ofLog(
        slice, schema, Kind.PARTITION_DELETE, Place.between(schema, it, it), entry, 0);
  }

  /** A write with a time to live to the row, or static row, of a key. */
  public static Gap ttl(SliceId slice, TableSchema schema, RowKey key, LogEntry entry) {
    long ttl = entry.ttl() * MICROS_PER_SECOND;
    return ofLog(slice, schema, Kind.TTL, Place.of(schema, key), entry, ttl);
  }

  /** An event that could not be made of a row. */
  public static Gap unreadable(Event event, String reason) {
    TableSchema schema = event.row().schema();
    return new Gap(
        event.slice(),
        schema,
        Kind.UNREADABLE,
        Place.of(schema, event.request().key()),
        Optional.empty(),
        event.micros(),
        event.micros(),
        Optional.of(reason),
        event.row().hash(),
        Optional.of(event.correlation()));
  }

  /** A log entry whose row is not known any more: the whole partition is to be compared. */
  public static Gap lostKey(SliceId slice, TableSchema schema, LogEntry entry) {
    Optional<LogEntry> it = Optional.of(entry);
    return new Gap(
        slice,
        schema,
        Kind.UNREADABLE,
        Place.between(schema, it, it),
        Optional.empty(),
        entry.micros(),
        entry.micros(),
        Optional.of("the log row has no clustering key: a key column was renamed since"),
        entry.micros(),
        Optional.of(entry.time().toString()));
  }

  /** The log of these write times is gone. */
  public static Gap logLost(SliceId slice, TableSchema schema, TokenRange tokens, Window times) {
    return new Gap(
        slice,
        schema,
        Kind.LOG_LOST,
        Place.of(tokens),
        Optional.of(times),
        times.to(),
        times.to(),
        Optional.of("the table's cdc ttl removed the log before it was read"),
        times.from(),
        Optional.empty());
  }

  /** The table is another one than the one that was carried. */
  public static Gap recreated(SliceId slice, TableSchema schema, TokenRange tokens, long now) {
    UUID uuid = schema.uuid();
    return new Gap(
        slice,
        schema,
        Kind.TABLE_RECREATED,
        Place.of(tokens),
        Optional.empty(),
        now,
        now,
        Optional.of("the table was dropped and created again; its id is now " + uuid),
        uuid.getMostSignificantBits() ^ uuid.getLeastSignificantBits(),
        Optional.empty());
  }

  private static Gap ofLog(
      SliceId slice, TableSchema schema, Kind kind, Place place, LogEntry entry, long later) {
    long micros = entry.micros();
    return new Gap(
        slice,
        schema,
        kind,
        place,
        Optional.empty(),
        micros,
        micros + later,
        Optional.empty(),
        micros + later,
        Optional.of(entry.time().toString()));
  }

  /** The same gap seen again has the same id. */
  public UUID id() {
    Digest digest = subjectDigest();
    return digest.add(mark).uuid();
  }

  /**
   * What is told once: of the expiries of a key within five seconds only the latest counts, anything
   * else is told by itself.
   */
  public UUID subject() {
    return kind == Kind.TTL ? subjectDigest().add(dueMicros / TOGETHER).uuid() : id();
  }

  private Digest subjectDigest() {
    Digest digest = new Digest().add(slice.toString()).add(kind.name());
    place.addTo(digest);
    return digest;
  }
}
