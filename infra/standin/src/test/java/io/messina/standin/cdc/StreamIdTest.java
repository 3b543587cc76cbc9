package io.messina.standin.cdc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class StreamIdTest {

  /** The token comes first, big-endian; then random bits, vnode index and version. */
  @Test
  void hasScyllaLayout() {
    StreamId id = StreamId.create(0x0102030405060708L, 0x155, 0x2AAAAAAAAAL);
    assertEquals(
        "0102030405060708" + "aaaaaaaaa8001551", HexFormat.of().formatHex(id.encode().array()));
  }

  /** Token, index and version can be read from the bytes. */
  @Test
  void decodesWhatItEncodes() {
    StreamId id = StreamId.create(-5, 4_194_303, -1);
    StreamId read = StreamId.decode(id.encode());
    assertEquals(id, read);
    assertEquals(-5, read.token());
    assertEquals(4_194_303, read.vnodeIndex());
    assertEquals(1, read.version());
  }

  /** An index that does not fit into 22 bits is refused. */
  @Test
  void refusesLargeIndexes() {
    assertThrows(IllegalArgumentException.class, () -> StreamId.create(0, 4_194_304, 0));
  }
}
