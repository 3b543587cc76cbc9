package io.messina.connect.scylla.cql;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import shaded.com.scylladb.cdc.driver3.driver.core.utils.UUIDs;

class TimeUuidsTest {

  /** A microsecond survives the way into a UUID and back, before 1970 too. */
  @Test
  void microsecondSurvives() {
    Random random = new Random(3);
    for (int i = 0; i < 10_000; i++) {
      long micros = random.nextLong(-10_000_000_000_000_000L, 100_000_000_000_000_000L);
      assertEquals(micros, TimeUuids.micros(TimeUuids.lowest(micros)));
    }
  }

  /** At a whole millisecond the lowest UUID is the driver's. */
  @Test
  void lowestIsTheDrivers() {
    assertEquals(UUIDs.startOf(1_795_415_937_532L), TimeUuids.lowest(1_795_415_937_532_000L));
  }

  /** A UUID within a microsecond belongs to it. */
  @Test
  void ticksBelongToTheirMicrosecond() {
    UUID lowest = TimeUuids.lowest(1_795_415_937_532_297L);
    UUID later = new UUID(lowest.getMostSignificantBits() + (9L << 32), 0x7f7f7f7f7f7f7f7fL);
    assertEquals(1_795_415_937_532_297L, TimeUuids.micros(later));
  }
}
