package io.messina.standin.cdc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class StreamRingTest {

  private final StreamRing ring = StreamRing.create(5, 3, new Random(1));

  /** The vnodes cover the ring, with one stream for every shard. */
  @Test
  void coversTheRing() {
    assertEquals(5, ring.vnodes().size());
    assertEquals(Long.MAX_VALUE, ring.vnodes().lastKey());
    assertTrue(ring.vnodes().values().stream().allMatch(streams -> streams.size() == 3));
  }

  /** All streams differ. */
  @Test
  void hasDistinctStreams() {
    Set<StreamId> all = new HashSet<>();
    ring.vnodes().values().forEach(all::addAll);
    assertEquals(15, all.size());
  }

  /** A stream's token lies in the range of its vnode and belongs to its shard. */
  @Test
  void placesStreamsInTheirVnodes() {
    int index = 0;
    for (Map.Entry<Long, List<StreamId>> vnode : ring.vnodes().entrySet()) {
      for (int shard = 0; shard < 3; shard++) {
        StreamId stream = vnode.getValue().get(shard);
        assertEquals(vnode.getKey(), ring.vnodes().ceilingKey(stream.token()));
        assertEquals(shard, Sharding.shardOf(stream.token(), 3));
        assertEquals(index, stream.vnodeIndex());
      }
      index++;
    }
  }

  /** Every token is logged in a stream of the vnode whose range ends at or after it. */
  @Test
  void findsStreams() {
    long end = ring.vnodes().firstKey();
    assertEquals(0, ring.streamFor(Long.MIN_VALUE).vnodeIndex());
    assertEquals(0, ring.streamFor(end).vnodeIndex());
    assertEquals(1, ring.streamFor(end + 1).vnodeIndex());
    assertEquals(4, ring.streamFor(Long.MAX_VALUE).vnodeIndex());
  }

  /** A ring that was recorded, whose streams are a set, gives the same streams again. */
  @Test
  void survivesBeingRecorded() {
    NavigableMap<Long, List<StreamId>> recorded = new TreeMap<>();
    ring.vnodes()
        .forEach(
            (end, streams) -> {
              List<StreamId> shuffled = new ArrayList<>(streams);
              Collections.reverse(shuffled);
              recorded.put(end, shuffled);
            });
    StreamRing read = new StreamRing(recorded);
    new Random(2).longs(1_000).forEach(t -> assertEquals(ring.streamFor(t), read.streamFor(t)));
  }

  /** One vnode with one stream is a ring too. */
  @Test
  void canBeSingle() {
    StreamRing single = StreamRing.create(1, 1, new Random(3));
    assertEquals(single.streamFor(Long.MIN_VALUE), single.streamFor(Long.MAX_VALUE));
  }
}
