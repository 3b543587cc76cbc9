package io.messina.connect.scylla.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Murmur3Test {

  /** The token of a key is what a server's token() says, whatever the length of its last block. */
  @ParameterizedTest
  @CsvSource({
    "c8, 8767593904841234184",
    "c8ed12375c81a6, 6848258939198013424",
    "c8ed12375c81a6cb, 6825294896896719330",
    "c8ed12375c81a6cbf0, 712808515514910092",
    "c8ed12375c81a6cbf0153a5f84a9ce, -6264688551098331046",
    "c8ed12375c81a6cbf0153a5f84a9cef3, 98493579079920379",
    "c8ed12375c81a6cbf0153a5f84a9cef318, 468209433970893934",
    "c8ed12375c81a6cbf0153a5f84a9cef3183d6287acd1f61b40658aafd4f91e, 7904706896177658798",
    "c8ed12375c81a6cbf0153a5f84a9cef3183d6287acd1f61b40658aafd4f91e43, 6903858879627398310",
    "c8ed12375c81a6cbf0153a5f84a9cef3183d6287acd1f61b40658aafd4f91e4368, -1327470326574766236"
  })
  void tokenIsTheServers(String hex, long token) {
    ByteBuffer key = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
    assertEquals(token, Murmur3.token(List.of(key)));
    assertEquals(0, key.position());
  }

  /** A partition key of several columns is hashed as the composite that the server makes of it. */
  @ParameterizedTest
  @CsvSource({
    "Newark, 1, 4577283454915985682",
    "Zürich, -7, 2542945075927669007",
    "'', 0, -150644895381498316"
  })
  void compositeTokenIsTheServers(String text, int number, long token) {
    ByteBuffer first = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    ByteBuffer second = ByteBuffer.allocate(4).putInt(number).flip();
    assertEquals(token, Murmur3.token(List.of(first, second)));
  }

  /** A key's buffer may be a window of a larger one. */
  @Test
  void bufferMayBePartOfAnother() {
    ByteBuffer larger = ByteBuffer.wrap(HexFormat.of().parseHex("ffffc8ed12375c81a6ff"));
    assertEquals(6848258939198013424L, Murmur3.token(larger.slice(2, 7)));
    assertEquals(6848258939198013424L, Murmur3.token(larger.position(2).limit(9)));
  }
}
