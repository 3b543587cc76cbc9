package io.messina.standin.cdc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.cassandra.exceptions.ConfigurationException;
import org.apache.cassandra.exceptions.InvalidRequestException;
import org.junit.jupiter.api.Test;

class TabletStreamsTest {

  private static final long SECOND = 1_000_000;
  private static final long START = 1_000 * SECOND;

  private final StreamRing two = StreamRing.ofTablets(2, new Random(1));
  private final StreamRing four = StreamRing.ofTablets(4, new Random(2));
  private final TabletStreams streams =
      new TabletStreams(Map.of(START / 1_000, two)).with(START / 1_000 + 1_000, four);

  /** Tablets are equal pieces of the ring, and a stream's id begins with its tablet's last token. */
  @Test
  void streamsHaveTheLastTokens() {
    List<Long> ends = List.of(-(1L << 62) - 1, -1L, (1L << 62) - 1, Long.MAX_VALUE);
    assertEquals(ends, List.copyOf(four.vnodes().keySet()));
    four.vnodes().forEach((end, ids) -> assertEquals(end, ids.get(0).token()));
    assertEquals(-1, four.streamFor(-1).token());
    assertEquals((1L << 62) - 1, four.streamFor(0).token());
    assertEquals(-(1L << 62) - 1, four.streamFor(Long.MIN_VALUE).token());
  }

  /** Three tablets cover the ring too. */
  @Test
  void takesAnyNumberOfTablets() {
    StreamRing three = StreamRing.ofTablets(3, new Random(3));
    assertEquals(3, three.vnodes().size());
    assertEquals(Long.MAX_VALUE, three.vnodes().lastKey());
  }

  /** A write goes to the streams that are in use at its timestamp, however old that is. */
  @Test
  void goesByTheTimestamp() {
    long now = START + 1_000 * SECOND;
    assertEquals(two.streamFor(7), streams.streamFor(START, 7, now));
    assertEquals(two.streamFor(7), streams.streamFor(START + SECOND - 1, 7, now));
    assertEquals(four.streamFor(7), streams.streamFor(START + SECOND, 7, now));
  }

  /** A write before the first streams, or more than five seconds ahead, is refused. */
  @Test
  void refusesWhatHasNoStreams() {
    assertThrows(
        InvalidRequestException.class, () -> streams.streamFor(START - 1, 0, START + SECOND));
    assertThrows(
        InvalidRequestException.class, () -> streams.streamFor(START + 5 * SECOND + 1, 0, START));
  }

  /** The options of a keyspace are ScyllaDB's: an empty map means tablets too. */
  @Test
  void readsTheOptions() {
    assertEquals(new TabletOptions(true, 0), TabletOptions.parse(Map.of()));
    assertEquals(
        new TabletOptions(true, 8), TabletOptions.parse(Map.of("enabled", "true", "initial", "8")));
    assertEquals(new TabletOptions(false, 0), TabletOptions.parse(Map.of("enabled", "false")));
    for (Map<String, String> bad :
        List.of(Map.of("enabled", "1"), Map.of("initial", "x"), Map.of("other", "1"))) {
      assertThrows(ConfigurationException.class, () -> TabletOptions.parse(bad));
    }
  }
}
