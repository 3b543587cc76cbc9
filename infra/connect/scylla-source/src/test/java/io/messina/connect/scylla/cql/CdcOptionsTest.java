package io.messina.connect.scylla.cql;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class CdcOptionsTest {

  /** ScyllaDB keeps the options as a little-endian counted map of counted texts. */
  @Test
  void theExtensionIsTakenApart() {
    String enabled = "07000000" + "656e61626c6564" + "04000000" + "74727565";
    String ttl = "03000000" + "74746c" + "05000000" + "3836343030";
    byte[] bytes = HexFormat.of().parseHex("02000000" + enabled + ttl);

    assertEquals(
        Map.of("enabled", "true", "ttl", "86400"), CdcOptions.parse(ByteBuffer.wrap(bytes)));
  }

  /** A table has a log where it says so; without a time to live that is kept for ever. */
  @Test
  void optionsAreRead() {
    assertEquals(
        new CdcOptions(true, OptionalLong.of(60_000_000)),
        CdcOptions.of(Map.of("enabled", "true", "ttl", "60")));
    assertEquals(
        new CdcOptions(false, OptionalLong.empty()),
        CdcOptions.of(Map.of("enabled", "false", "ttl", "0")));
    assertEquals(new CdcOptions(false, OptionalLong.empty()), CdcOptions.of(Map.of()));
  }
}
