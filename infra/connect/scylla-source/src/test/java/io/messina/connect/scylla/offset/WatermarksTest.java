package io.messina.connect.scylla.offset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.cql.Tables;
import io.messina.connect.scylla.offset.Watermarks.Mark;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WatermarksTest {

  private static final SliceId SLICE = new SliceId(Tables.ID, 0);
  private final Watermarks watermarks = new Watermarks();
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
    watermarks.committed(SLICE, upTo(10), 41L);
    assertEquals(10, next().upTo().fastUntil());
    watermarks.committed(SLICE, upTo(20), 42L);
    assertEquals(new Mark(upTo(20), 42L), next());
  }

  /** An idle slice moves on, since nothing of it waits for a commit. */
  @Test
  void idleSliceMovesOn() {
    watermarks.begin(SLICE, upTo(10));
    watermarks.emitted(SLICE, upTo(20), 0);
    assertEquals(20, next().upTo().fastUntil());
    assertNull(next().lastOffset());
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
