package io.messina.connect.scylla.cql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import shaded.com.scylladb.cdc.driver3.driver.core.ConsistencyLevel;

class ReplicationTest {

  private static final Replication ONE_COPY = new Replication(Map.of("dc1", 1));
  private static final Replication ONE_DC = new Replication(Map.of("dc1", 3));
  private static final Replication TWO_DCS = new Replication(Map.of("dc1", 3, "dc2", 3));

  private static boolean meet(Replication replication, String read, String write, String local) {
    return replication.overlap(
        ConsistencyLevel.valueOf(read), ConsistencyLevel.valueOf(write), local);
  }

  /** Within one datacenter a quorum meets a quorum, and a single copy does not. */
  @Test
  void quorumsMeet() {
    assertTrue(meet(ONE_DC, "LOCAL_QUORUM", "QUORUM", ""));
    assertTrue(meet(ONE_DC, "QUORUM", "LOCAL_QUORUM", ""));
    assertTrue(meet(ONE_DC, "TWO", "QUORUM", ""));
    assertFalse(meet(ONE_DC, "ONE", "QUORUM", ""));
    assertTrue(meet(ONE_DC, "ONE", "ALL", ""));
    assertTrue(meet(ONE_COPY, "ONE", "QUORUM", ""));
  }

  /** With several datacenters, a local quorum needs writers that reach a quorum there. */
  @Test
  void localQuorumNeedsLocalWrites() {
    assertFalse(meet(TWO_DCS, "LOCAL_QUORUM", "QUORUM", "dc1"));
    assertTrue(meet(TWO_DCS, "LOCAL_QUORUM", "EACH_QUORUM", "dc1"));
    assertTrue(meet(TWO_DCS, "LOCAL_QUORUM", "EACH_QUORUM", ""));
    assertTrue(meet(TWO_DCS, "LOCAL_QUORUM", "LOCAL_QUORUM", "dc1"));
    assertFalse(meet(TWO_DCS, "LOCAL_QUORUM", "LOCAL_QUORUM", ""));
    assertFalse(meet(TWO_DCS, "LOCAL_QUORUM", "EACH_QUORUM", "dc3"));
    assertTrue(meet(TWO_DCS, "QUORUM", "QUORUM", ""));
    assertFalse(meet(TWO_DCS, "QUORUM", "LOCAL_QUORUM", "dc1"));
    assertTrue(meet(TWO_DCS, "QUORUM", "EACH_QUORUM", "dc1"));
    assertFalse(meet(TWO_DCS, "LOCAL_ONE", "EACH_QUORUM", "dc1"));
  }

  /** The driver's options are read; what is of another kind is not judged. */
  @Test
  void optionsAreRead() {
    assertEquals(
        Optional.of(new Replication(Map.of("dc1", 3))),
        Replication.of(Map.of("class", "x.NetworkTopologyStrategy", "dc1", "3", "dc2", "0")));
    assertEquals("all nodes: 2", new Replication(Map.of("", 2)).toString());
    assertEquals(
        Optional.empty(), Replication.of(Map.of("class", "x.NetworkTopologyStrategy", "dc1", "?")));
    assertEquals(Optional.empty(), Replication.of(Map.of("class", "x.LocalStrategy")));
  }
}
