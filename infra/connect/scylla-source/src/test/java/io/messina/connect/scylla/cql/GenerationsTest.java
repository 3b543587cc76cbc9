package io.messina.connect.scylla.cql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.scylladb.cdc.model.StreamId;
import io.messina.connect.scylla.ring.Slices;
import io.messina.connect.scylla.ring.TokenRange;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class GenerationsTest {

  private static final long SECOND = 1_000_000;
  private static final List<TokenRange> RING = List.of(new Slices(1).range(0));
  private final Cluster cluster = new Cluster();
  private long now = 100 * SECOND;
  private final Generations generations = new Generations(cluster, () -> now);

  private Set<StreamId> streams(long from, long to) {
    return generations.streams(new Window(from, to), RING);
  }

  private static StreamId stream(long start) {
    return new StreamId(ByteBuffer.allocate(16).putLong(start).putLong(start).flip());
  }

  /** A window over a switch is read in the streams of both generations. */
  @Test
  void switchNeedsBoth() {
    cluster.begin(10 * SECOND);
    cluster.begin(50 * SECOND);
    assertEquals(
        Set.of(stream(10 * SECOND), stream(50 * SECOND)), streams(49 * SECOND, 51 * SECOND));
    assertEquals(Set.of(stream(10 * SECOND)), streams(48 * SECOND, 50 * SECOND));
    assertEquals(Set.of(stream(50 * SECOND)), streams(50 * SECOND, 51 * SECOND));
  }

  /** No window is read before the generations were asked for after its end. */
  @Test
  void windowIsReadAfterAsking() {
    cluster.begin(10 * SECOND);
    streams(98 * SECOND, 99 * SECOND);
    cluster.begin(now + 100);
    now += 300;
    assertEquals(
        Set.of(stream(10 * SECOND), stream(100 * SECOND + 100)),
        streams(99 * SECOND, 100 * SECOND + 200));
  }

  /** An answer is not used for longer than a second: a second look sees what came to light since. */
  @Test
  void answerGrowsOld() {
    cluster.begin(10 * SECOND);
    streams(98 * SECOND, 99 * SECOND);
    int asked = cluster.asked;
    now += SECOND / 2;
    streams(98 * SECOND, 99 * SECOND);
    assertEquals(asked, cluster.asked);
    cluster.begin(98 * SECOND + 500);
    now += SECOND;
    assertTrue(streams(98 * SECOND, 99 * SECOND).contains(stream(98 * SECOND + 500)));
  }

  /** A generation that is announced and has not begun is asked for when it has. */
  @Test
  void announcedGenerationWaits() {
    cluster.begin(10 * SECOND);
    cluster.begin(now + 60 * SECOND);
    assertEquals(Set.of(stream(10 * SECOND)), streams(98 * SECOND, 99 * SECOND));
    assertEquals(1, generations.size());
    now += 61 * SECOND;
    assertEquals(
        Set.of(stream(10 * SECOND), stream(160 * SECOND)), streams(159 * SECOND, 161 * SECOND));
  }

  /** Generations that ended before the second look's progress are forgotten, the one in force not. */
  @Test
  void endedGenerationsAreForgotten() {
    for (int i = 1; i <= 9; i++) {
      cluster.begin(i * 10 * SECOND);
    }
    streams(5 * SECOND, 99 * SECOND);
    assertEquals(9, generations.size());
    generations.forgetBefore(75 * SECOND);
    assertEquals(3, generations.size());
    assertEquals(Set.of(stream(70 * SECOND)), streams(75 * SECOND, 76 * SECOND));
  }

  /** Where offsets are set back, what was forgotten is read again. */
  @Test
  void forgottenGenerationsAreReadAgain() {
    for (int i = 1; i <= 9; i++) {
      cluster.begin(i * 10 * SECOND);
    }
    streams(95 * SECOND, 99 * SECOND);
    generations.forgetBefore(95 * SECOND);
    assertEquals(1, generations.size());
    assertEquals(Set.of(stream(20 * SECOND)), streams(21 * SECOND, 22 * SECOND));
    generations.forget();
    assertEquals(Set.of(stream(30 * SECOND)), streams(31 * SECOND, 32 * SECOND));
  }

  /** A cluster that knows no generation is asked again. */
  @Test
  void clusterWithoutGenerationsIsAskedAgain() {
    assertThrows(NoGenerationException.class, () -> streams(1, 2));
    cluster.begin(1);
    assertEquals(Set.of(stream(1)), streams(1, 2));
  }

  /**
   * Whatever generations begin, at once or announced, whatever is forgotten: each write that is
   * made before a window is read lies in a stream that is read.
   */
  @Test
  void noWindowMissesStream() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      Cluster world = new Cluster();
      long[] clock = {1_000 * SECOND};
      Generations reader = new Generations(world, () -> clock[0]);
      world.begin(500 * SECOND);
      long from = clock[0];
      for (int round = 0; round < 100; round++) {
        List<Long> writes = new java.util.ArrayList<>();
        for (int step = 0; step < 5; step++) {
          clock[0] += random.nextInt(200_000);
          if (random.nextInt(10) == 0) {
            world.begin(clock[0] + (random.nextBoolean() ? 0 : random.nextInt(3_000_000)));
          }
          writes.add(clock[0]);
        }
        clock[0] += 300_000;
        long to = clock[0] - 300_000;
        Set<StreamId> read = reader.streams(new Window(from, to), RING);
        for (long write : writes) {
          if (write >= from && write < to) {
            StreamId in = stream(world.starts.floor(write));
            assertTrue(read.contains(in), "seed " + seed + ", round " + round);
          }
        }
        reader.forgetBefore(to - random.nextInt(2_000_000));
        from = to;
      }
    }
  }

  /** Announces generations of one stream each, named by their start. */
  private static final class Cluster implements GenerationSource {
    private final TreeSet<Long> starts = new TreeSet<>();
    private int asked;

    void begin(long start) {
      starts.add(start);
    }

    @Override
    public SortedSet<Long> starts() {
      asked++;
      return new TreeSet<>(starts);
    }

    @Override
    public Generation read(long start) {
      TreeMap<Long, Set<StreamId>> ends = new TreeMap<>();
      ends.put(0L, Set.of(stream(start)));
      return Generation.of(start, ends);
    }

    @Override
    public String name() {
      return "the cluster";
    }
  }
}
