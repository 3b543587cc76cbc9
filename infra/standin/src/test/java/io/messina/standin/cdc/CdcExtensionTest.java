package io.messina.standin.cdc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CdcExtensionTest {

  /** Counts and lengths are little-endian ints before their bytes. */
  @Test
  void encodesLittleEndian() {
    ByteBuffer bytes = CdcExtension.encode(Map.of("ttl", "60"));
    assertEquals(
        "01000000" + "03000000" + "74746c" + "02000000" + "3630",
        HexFormat.of().formatHex(bytes.array(), 0, bytes.limit()));
  }

  /** What is encoded is decoded to the same map, and decoding does not move the buffer. */
  @Test
  void decodesWhatItEncodes() {
    Map<String, String> map = CdcOptions.parse(Map.of("enabled", "true")).toMap();
    ByteBuffer bytes = CdcExtension.encode(map);
    assertEquals(map, CdcExtension.decode(bytes));
    assertEquals(map, CdcExtension.decode(bytes));
  }
}
