package io.messina.connect.scylla.cql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.scylladb.cdc.model.StreamId;
import io.messina.connect.scylla.ring.Slices;
import io.messina.connect.scylla.ring.TokenRange;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class GenerationTest {

  private static StreamId stream(int number) {
    return new StreamId(ByteBuffer.allocate(16).putLong(number).putLong(number).flip());
  }

  private static Generation quarters() {
    TreeMap<Long, Set<StreamId>> ends = new TreeMap<>();
    ends.put(Long.MIN_VALUE / 2, Set.of(stream(1), stream(11)));
    ends.put(-1L, Set.of(stream(2)));
    ends.put(Long.MAX_VALUE / 2, Set.of(stream(3)));
    return Generation.of(1_000, ends);
  }

  /**
   * A slice's streams are those whose range meets it; all shards of a vnode, and the range that
   * wraps.
   */
  @Test
  void sliceReadsTheStreamsItMeets() {
    Slices halves = new Slices(2);
    assertEquals(
        Set.of(stream(1), stream(11), stream(2)), quarters().streams(List.of(halves.range(0))));
    assertEquals(
        Set.of(stream(3), stream(1), stream(11)), quarters().streams(List.of(halves.range(1))));
    assertEquals(Set.of(stream(2)), quarters().streams(List.of(new TokenRange(-5, -1))));
  }

  /** One stream alone holds the whole ring. */
  @Test
  void singleStreamHoldsTheRing() {
    TreeMap<Long, Set<StreamId>> ends = new TreeMap<>();
    ends.put(Long.MAX_VALUE, Set.of(stream(1)));
    Generation generation = Generation.of(0, ends);
    for (int slice = 0; slice < 5; slice++) {
      assertEquals(Set.of(stream(1)), generation.streams(List.of(new Slices(5).range(slice))));
    }
  }

  /** A generation without streams is not taken for known: its log would never be read. */
  @Test
  void generationWithoutStreamsIsRefused() {
    assertThrows(NoGenerationException.class, () -> Generation.of(1_000, new TreeMap<>()));
  }

  /** A generation takes the writes from its start to the start of the next. */
  @Test
  void generationCoversItsTime() {
    assertTrue(quarters().covers(new Window(900, 1_001), 2_000));
    assertTrue(quarters().covers(new Window(1_999, 5_000), 2_000));
    assertFalse(quarters().covers(new Window(900, 1_000), 2_000));
    assertFalse(quarters().covers(new Window(2_000, 5_000), 2_000));
  }
}
