package io.messina.connect.scylla.round;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.cql.Tables;
import io.messina.connect.scylla.offset.Micros;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import io.messina.connect.scylla.offset.Watermarks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class RoundThreadTest {

  private static final SliceId SLICE = new SliceId(Tables.ID, 0);

  private static SourceConfig config(int port) {
    return new SourceConfig(
        Map.of(
            "topic.prefix", "p",
            "scylla.contact.points", "127.0.0.1:" + port,
            "tables", "ops.flights",
            "slices", "1"));
  }

  private static int unusedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /**
   * Where a slice begins is in Kafka before anything is read, so that a young death forgets
   * nothing.
   */
  @Test
  void beginningIsToldFirst() throws Exception {
    SliceOffset offset = SliceOffset.startingAt(Micros.now());
    Watermarks watermarks = new Watermarks(false);
    watermarks.begin(SLICE, offset);
    RoundThread thread =
        new RoundThread(config(unusedPort()), Map.of(SLICE, offset), watermarks, SignalSource.NONE, 1);
    thread.start();
    Batch first = thread.poll(5_000).orElseThrow();
    thread.stop();
    SourceRecord record = first.records().get(0);
    assertTrue(first.commit());
    assertEquals("p.watermarks", record.topic());
    assertEquals(offset.toMap(), record.sourceOffset());
  }

  /**
   * A database that is not there is waited for: poll stays quiet and quick, and stop ends the wait.
   */
  @Test
  void absentDatabaseIsWaitedFor() throws Exception {
    SliceOffset offset = SliceOffset.startingAt(Micros.now());
    Watermarks watermarks = new Watermarks(false);
    watermarks.begin(SLICE, offset);
    RoundThread thread =
        new RoundThread(config(unusedPort()), Map.of(SLICE, offset), watermarks, SignalSource.NONE, 1);
    thread.start();
    thread.poll(5_000);
    assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () -> {
          for (int i = 0; i < 5; i++) {
            assertEquals(Optional.empty(), thread.poll(200));
          }
          thread.stop();
          thread.join(3_000);
        });
    assertTrue(thread.hasEnded());
  }
}
