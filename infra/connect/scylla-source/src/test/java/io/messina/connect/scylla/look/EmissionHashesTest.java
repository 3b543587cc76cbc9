package io.messina.connect.scylla.look;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.cql.Tables;
import org.junit.jupiter.api.Test;

class EmissionHashesTest {

  /** Compared is the key's last emission, from whichever window. */
  @Test
  void lastEmissionCounts() {
    EmissionHashes hashes = new EmissionHashes();
    hashes.emitted(Tables.key(1, "x"), 7, 100);
    hashes.emitted(Tables.key(1, "x"), 8, 200);
    assertTrue(hashes.isLast(Tables.key(1, "x"), 8));
    assertFalse(hashes.isLast(Tables.key(1, "x"), 7));
  }

  /** Where nothing is remembered, everything differs. */
  @Test
  void unknownKeyDiffers() {
    assertFalse(new EmissionHashes().isLast(Tables.key(1, "x"), 0));
  }

  /** A hash is kept until the second look has passed the last window that named its key. */
  @Test
  void hashesAreForgottenAfterTheSecondLook() {
    EmissionHashes hashes = new EmissionHashes();
    hashes.emitted(Tables.key(1, "x"), 7, 100);
    hashes.emitted(Tables.key(2, "x"), 7, 150);
    hashes.emitted(Tables.key(1, "x"), 8, 200);
    hashes.sweptUntil(150);
    assertEquals(1, hashes.size());
    assertTrue(hashes.isLast(Tables.key(1, "x"), 8));
    hashes.sweptUntil(200);
    assertEquals(0, hashes.size());
  }
}
