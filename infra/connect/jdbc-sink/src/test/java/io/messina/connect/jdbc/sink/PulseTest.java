package io.messina.connect.jdbc.sink;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class PulseTest {

  private long now;
  private final Pulse pulse = new Pulse(() -> now);

  private void pass(double seconds) {
    now += (long) (seconds * 1e9);
  }

  /** Who runs is left alone, however long it goes on. */
  @Test
  void whoRunsWrites() {
    for (int i = 0; i < 100; i++) {
      pulse.begin();
      pass(0.1);
      pulse.about();
      pass(2);
      pulse.called();
      pulse.about();
      pass(2);
      pulse.called();
      pass(1);
    }
  }

  /** A batch that was read before a freeze waits once, and is written then. */
  @Test
  void aBatchFromBeforeAFreezeWaits() {
    pulse.begin();
    pulse.called();
    pass(20);
    assertThrows(Pulse.StoodStill.class, pulse::begin);
    pass(1);
    pulse.begin();
    pulse.about();
  }

  /** A freeze in the middle of a batch ends it: the halves that are left are not written. */
  @Test
  void aFreezeInTheMiddleEndsIt() {
    pulse.begin();
    pulse.about();
    pulse.called();
    pass(20);
    assertThrows(Pulse.StoodStill.class, pulse::about);
    pulse.begin();
    pulse.about();
  }

  /** A statement that takes long does not end its batch, but has the next one wait: it may have
   * been this side that stood still. */
  @Test
  void aLongStatementIsInDoubt() {
    pulse.begin();
    pulse.about();
    pass(20);
    pulse.called();
    pulse.about();
    pulse.called();
    assertThrows(Pulse.StoodStill.class, pulse::begin);
    pulse.begin();
  }

  /** Partitions that have just been given are this task's, however long that took. */
  @Test
  void whoWasJustAskedIsInNoDoubt() {
    pass(20);
    pulse.fresh();
    pulse.begin();
    pulse.about();
  }

  /** A freeze while it waited for records is remembered until the group was asked once more. */
  @Test
  void aFreezeWithoutRecordsIsRemembered() {
    pass(20);
    pulse.idle();
    assertThrows(Pulse.StoodStill.class, pulse::begin);
    pass(20);
    pulse.idle();
    pass(1);
    pulse.idle();
    pulse.begin();
  }
}
