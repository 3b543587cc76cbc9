package io.messina.connect.scylla.offset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.cql.RowKey.Kind;
import io.messina.connect.scylla.cql.Tables;
import io.messina.connect.scylla.offset.Watermarks.Mark;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WatermarksTest {

  private static final SliceId SLICE = new SliceId(Tables.ID, 0);
  private final Watermarks watermarks = new Watermarks(false);
  private long seconds = 10;

  private Mark next() {
    seconds++;
    return watermarks
        .due(SLICE, System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds))
        .orElseThrow();
  }

  private static SliceOffset upTo(long micros) {
    return new SliceOffset(micros, 0, 0);
  }

  /**
   * A mark speaks of rounds whose records were committed, and carries the offset of the last of
   * them.
   */
  @Test
  void markSpeaksOfCommittedRounds() {
    watermarks.begin(SLICE, upTo(10));
    watermarks.emitted(SLICE, upTo(20), 2);
    assertEquals(10, next().upTo().fastUntil());
    watermarks.committed(SLICE, upTo(10), Kind.ROW, 41L);
    assertEquals(10, next().upTo().fastUntil());
    watermarks.committed(SLICE, upTo(20), Kind.ROW, 42L);
    assertEquals(new Mark(upTo(20), 42L, null), next());
  }

  /** An idle slice moves on, since nothing of it waits for a commit. */
  @Test
  void idleSliceMovesOn() {
    watermarks.begin(SLICE, upTo(10));
    watermarks.emitted(SLICE, upTo(20), 0);
    assertEquals(20, next().upTo().fastUntil());
    assertNull(next().lastOffset());
  }

  /** A round with nothing but gaps counts once they are committed, and moves no offset. */
  @Test
  void gapsAreWaitedFor() {
    watermarks.begin(SLICE, upTo(10));
    watermarks.emitted(SLICE, upTo(20), 1);
    assertEquals(10, next().upTo().fastUntil());
    watermarks.committed(SLICE, upTo(20), null, 7L);
    assertEquals(new Mark(upTo(20), null, null), next());
  }

  /** Rows and static rows have a last offset each, of their own topics. */
  @Test
  void staticRowsHaveTheirOwnOffset() {
    watermarks.begin(SLICE, upTo(10));
    watermarks.emitted(SLICE, upTo(20), 2);
    watermarks.committed(SLICE, upTo(10), Kind.STATIC, 3L);
    watermarks.committed(SLICE, upTo(20), Kind.ROW, 42L);
    assertEquals(new Mark(upTo(20), 42L, 3L), next());
  }

  /** What is asked of Kafka is unknown until it answered, whatever the task itself committed. */
  @Test
  void offsetsAreUnknownUntilTheEndsAre() {
    Watermarks asking = new Watermarks(true);
    asking.begin(SLICE, upTo(10));
    asking.emitted(SLICE, upTo(20), 1);
    asking.committed(SLICE, upTo(20), Kind.ROW, 42L);
    assertEquals(new Mark(upTo(20), null, null), asking.due(SLICE, System.nanoTime()).get());
    assertEquals(Optional.of(42L), asking.lastOffset(SLICE, Kind.ROW));
    asking.ended(SLICE, 40, -1L);
    long later = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
    assertEquals(new Mark(upTo(20), 42L, -1L), asking.due(SLICE, later).get());
    assertEquals(Optional.empty(), asking.lastOffset(SLICE, Kind.STATIC));
  }

  /** After a restart an idle slice's mark has the offset of what an earlier run wrote. */
  @Test
  void earlierRunsOffsetIsGoneOnWith() {
    Watermarks asking = new Watermarks(true);
    asking.begin(SLICE, upTo(10));
    asking.ended(SLICE, 40, null);
    assertEquals(new Mark(upTo(10), 40L, null), asking.due(SLICE, System.nanoTime()).get());
  }

  /** What was emitted so far is committed once as many commits came. */
  @Test
  void commitsAreCounted() {
    watermarks.begin(SLICE, upTo(10));
    watermarks.emitted(SLICE, upTo(20), 2);
    long records = watermarks.emitted(SLICE);
    watermarks.emitted(SLICE, upTo(30), 5);
    watermarks.committed(SLICE, upTo(10), Kind.ROW, 1L);
    assertFalse(watermarks.isCommitted(SLICE, records));
    watermarks.committed(SLICE, upTo(20), Kind.ROW, 2L);
    assertTrue(watermarks.isCommitted(SLICE, records));
  }

  /** A slice has a mark at once, then about once a second. */
  @Test
  void oneMarkSecond() {
    watermarks.begin(SLICE, upTo(10));
    long now = System.nanoTime();
    assertTrue(watermarks.due(SLICE, now).isPresent());
    assertTrue(watermarks.due(SLICE, now + TimeUnit.MILLISECONDS.toNanos(500)).isEmpty());
    assertTrue(watermarks.due(SLICE, now + TimeUnit.SECONDS.toNanos(1)).isPresent());
  }
}
