package io.messina.standin.cdc;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * The streams of one generation: a ring of vnodes, each with one stream for every shard of its
 * node, as ScyllaDB lays them out.
 */
public final class StreamRing {

  private final NavigableMap<Long, List<StreamId>> vnodes;
  private final int shards;

  /** Takes a ring that was recorded earlier: the end of each vnode's range, and its streams. */
  public StreamRing(NavigableMap<Long, List<StreamId>> recorded) {
    shards = recorded.firstEntry().getValue().size();
    vnodes = new TreeMap<>();
    recorded.forEach((end, streams) -> vnodes.put(end, byShard(streams)));
  }

  /** Cuts the ring into equal vnodes and draws their streams. */
  public static StreamRing create(int vnodes, int shards, RandomGenerator random) {
    NavigableMap<Long, List<StreamId>> ring = new TreeMap<>();
    long width = Long.divideUnsigned(-1L, vnodes);
    for (int i = 0; i < vnodes; i++) {
      long start = Long.MIN_VALUE + i * width;
      long end = i == vnodes - 1 ? Long.MAX_VALUE : start + width;
      List<StreamId> streams = new ArrayList<>();
      for (int shard = 0; shard < shards; shard++) {
        long token = tokenOf(shard, shards, start, end, random);
        streams.add(StreamId.create(token, i, random.nextLong()));
      }
      ring.put(end, streams);
    }
    return new StreamRing(ring);
  }

  /** Cuts the ring into equal tablets, each with one stream that has its last token. */
  public static StreamRing ofTablets(int tablets, RandomGenerator random) {
    NavigableMap<Long, List<StreamId>> ring = new TreeMap<>();
    BigInteger all = BigInteger.ONE.shiftLeft(Long.SIZE);
    for (long i = 1; i <= tablets; i++) {
      BigInteger end = all.multiply(BigInteger.valueOf(i)).divide(BigInteger.valueOf(tablets));
      long last = Long.MIN_VALUE + end.subtract(BigInteger.ONE).longValue();
      ring.put(last, List.of(StreamId.create(last, 0, random.nextLong())));
    }
    return new StreamRing(ring);
  }

  /** The end of each vnode's range, with the vnode's streams in the order of their shards. */
  public NavigableMap<Long, List<StreamId>> vnodes() {
    return vnodes;
  }

  /** How many streams each vnode has. */
  public int shards() {
    return shards;
  }

  /** Returns the stream that logs the changes of a token. */
  public StreamId streamFor(long token) {
    Map.Entry<Long, List<StreamId>> vnode = vnodes.ceilingEntry(token);
    return vnode.getValue().get(Sharding.shardOf(token, shards));
  }

  /** Draws a token of a shard from the range {@code (start, end]}. */
  private static long tokenOf(
      int shard, int shards, long start, long end, RandomGenerator random) {
    while (true) {
      long offset = Long.remainderUnsigned(random.nextLong(), end - start);
      long token = start + 1 + offset;
      if (Sharding.shardOf(token, shards) == shard) {
        return token;
      }
    }
  }

  private List<StreamId> byShard(List<StreamId> streams) {
    StreamId[] sorted = new StreamId[shards];
    for (StreamId stream : streams) {
      sorted[Sharding.shardOf(stream.token(), shards)] = stream;
    }
    return List.of(sorted);
  }
}
