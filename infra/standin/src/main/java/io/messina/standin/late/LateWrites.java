package io.messina.standin.late;

import io.messina.standin.state.StateTables;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.apache.cassandra.cql3.QueryProcessor;
import org.apache.cassandra.cql3.UntypedResultSet;
import org.apache.cassandra.db.DecoratedKey;
import org.apache.cassandra.db.Mutation;
import org.apache.cassandra.db.marshal.BytesType;
import org.apache.cassandra.db.marshal.LongType;
import org.apache.cassandra.db.marshal.UTF8Type;
import org.apache.cassandra.db.marshal.UUIDType;
import org.apache.cassandra.io.util.DataInputBuffer;
import org.apache.cassandra.io.util.DataOutputBuffer;
import org.apache.cassandra.net.MessagingService;
import org.apache.cassandra.schema.TableId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes that were acknowledged and are not visible yet. They are kept in a table meanwhile, so
 * that none is lost with the process; a start makes what it finds there visible at once.
 */
public final class LateWrites {

  private static final Logger LOG = LoggerFactory.getLogger(LateWrites.class);

  private static final String TABLE = "late_writes";
  private static final String PARTITION = "late";
  private static final String ADD =
      "INSERT INTO " + StateTables.KEYSPACE + "." + TABLE
          + " (part, due, sequence, id, mutation) VALUES ('late', ?, ?, ?, ?)";
  private static final String REMOVE =
      "DELETE FROM " + StateTables.KEYSPACE + "." + TABLE
          + " WHERE part = 'late' AND due = ? AND sequence = ? AND id = ?";

  private static final int VERSION = MessagingService.current_version;

  /** What must stay in order: the writes of one key of a table to it, or to its log. */
  private record Key(TableId target, DecoratedKey key) {}

  private record Late(UUID id, Mutation mutation) {}

  private static final LateQueue<Key, Late> QUEUE = new LateQueue<>();

  private LateWrites() {}

  /** Makes visible what was late when the process ended, and begins to look after what will be. */
  public static void open() {
    StateTables.add(
        StateTables.named(TABLE)
            .addPartitionKeyColumn("part", UTF8Type.instance)
            .addClusteringColumn("due", LongType.instance)
            .addClusteringColumn("sequence", LongType.instance)
            .addClusteringColumn("id", UUIDType.instance)
            .addRegularColumn("mutation", BytesType.instance)
            .gcGraceSeconds(0)
            .build());
    String select =
        "SELECT due, sequence, id, mutation FROM " + StateTables.KEYSPACE + "." + TABLE
            + " WHERE part = ?";
    for (UntypedResultSet.Row row : QueryProcessor.executeInternal(select, PARTITION)) {
      land(decode(row.getBytes("mutation")));
      QueryProcessor.executeInternal(
          REMOVE, row.getLong("due"), row.getLong("sequence"), row.getUUID("id"));
    }
    Thread thread = new Thread(LateWrites::look, "late-writes");
    thread.setDaemon(true);
    thread.start();
  }

  /** Says whether a write to a key must wait: for its own delay, or behind another one's. */
  public static boolean mustWait(TableId target, DecoratedKey key, long delayMillis) {
    if (delayMillis > 0) {
      return true;
    }
    synchronized (QUEUE) {
      return QUEUE.isPending(new Key(target, key));
    }
  }

  /**
   * Takes a write that is to be visible later.
   *
   * @param target the table that is written to
   * @param key the key of the base row: its writes stay in order
   */
  public static void add(TableId target, DecoratedKey key, long delayMillis, Mutation mutation) {
    ByteBuffer bytes = encode(mutation);
    // Another object: the one that was given may be changed by who gave it.
    Late late = new Late(UUID.randomUUID(), decode(bytes));
    synchronized (QUEUE) {
      long due = System.currentTimeMillis() + delayMillis;
      var entry = QUEUE.put(new Key(target, key), due, late);
      QueryProcessor.executeInternal(ADD, entry.due(), entry.sequence(), late.id(), bytes);
      QUEUE.notifyAll();
    }
  }

  private static void look() {
    while (true) {
      LateQueue.Entry<Key, Late> entry;
      synchronized (QUEUE) {
        long wait = QUEUE.nextDue() - System.currentTimeMillis();
        if (wait > 0) {
          sleep(wait);
          continue;
        }
        entry = QUEUE.take();
      }
      land(entry.thing().mutation());
      QueryProcessor.executeInternal(
          REMOVE, entry.due(), entry.sequence(), entry.thing().id());
      synchronized (QUEUE) {
        QUEUE.done(entry);
      }
    }
  }

  private static void sleep(long millis) {
    try {
      QUEUE.wait(millis);
    } catch (InterruptedException e) {
      throw new AssertionError("nobody interrupts this thread", e);
    }
  }

  /** Makes a write visible; one whose table is gone is dropped, as it would be there. */
  private static void land(Mutation mutation) {
    if (mutation == null) {
      return;
    }
    try {
      mutation.apply();
    } catch (RuntimeException | AssertionError e) {
      LOG.warn("A late write to {} is dropped: {}", mutation.getKeyspaceName(), e.toString());
    }
  }

  private static ByteBuffer encode(Mutation mutation) {
    try (DataOutputBuffer out = new DataOutputBuffer()) {
      Mutation.serializer.serialize(mutation, out, VERSION);
      return ByteBuffer.wrap(out.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads a write, or null when its table is gone. */
  private static Mutation decode(ByteBuffer bytes) {
    try (DataInputBuffer in = new DataInputBuffer(bytes, true)) {
      return Mutation.serializer.deserialize(in, VERSION);
    } catch (IOException | RuntimeException e) {
      LOG.warn("A late write is dropped: {}", e.toString());
      return null;
    }
  }
}
