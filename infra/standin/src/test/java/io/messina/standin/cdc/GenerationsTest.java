package io.messina.standin.cdc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Random;
import org.apache.cassandra.exceptions.InvalidRequestException;
import org.junit.jupiter.api.Test;

class GenerationsTest {

  private static final long SECOND = 1_000_000;
  private static final long FIRST = 1_000 * SECOND;
  private static final long SECOND_START = 2_000 * SECOND;

  private final StreamRing older = StreamRing.create(1, 1, new Random(1));
  private final StreamRing newer = StreamRing.create(1, 1, new Random(2));
  private final Generations generations =
      new Generations(Map.of(FIRST / 1_000, older, SECOND_START / 1_000, newer));

  /** A write goes to the generation that is in use at its timestamp. */
  @Test
  void goesByTheTimestamp() {
    long now = SECOND_START + SECOND;
    assertEquals(newer.streamFor(0), generations.streamFor(SECOND_START, 0, now));
    assertEquals(older.streamFor(0), generations.streamFor(SECOND_START - 1, 0, now));
  }

  /** Any timestamp within the current generation is accepted. */
  @Test
  void acceptsOldTimestampsOfTheCurrentGeneration() {
    long now = SECOND_START + 1_000_000 * SECOND;
    assertEquals(newer.streamFor(0), generations.streamFor(SECOND_START + 1, 0, now));
  }

  /** A write to an earlier generation is refused once that is some seconds back. */
  @Test
  void refusesThePast() {
    long now = SECOND_START + 60 * SECOND;
    assertTrue(refusal(SECOND_START - 1, now).contains("\"from the past\""));
    assertTrue(refusal(FIRST - 1, now).contains("\"from the past\""));
  }

  /** A write more than five seconds ahead is refused. */
  @Test
  void refusesTheFuture() {
    long now = SECOND_START;
    assertEquals(newer.streamFor(0), generations.streamFor(now + 5 * SECOND, 0, now));
    assertTrue(refusal(now + 5 * SECOND + 1, now).contains("\"from the future\""));
  }

  private String refusal(long write, long now) {
    return assertThrows(
            InvalidRequestException.class, () -> generations.streamFor(write, 0, now))
        .getMessage();
  }
}
