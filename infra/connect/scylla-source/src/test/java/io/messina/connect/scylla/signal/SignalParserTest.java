package io.messina.connect.scylla.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.ring.TokenRange;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignalParserTest {

  private static final TableId FLIGHTS = new TableId("ops", "flights");
  private static final String GOOD = "'id':'s1','op':'reread','table':'ops.flights'";

  private static Signal parse(String json) throws MalformedSignalException {
    return SignalParser.parse(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  /** A signal names its rows by their keys. */
  @Test
  void keysAreRead() throws MalformedSignalException {
    Signal signal = parse("{" + GOOD + ",'keys':[{'id':7,'leg':'x'},{'id':8,'leg':'y'}]}");
    assertEquals("s1", signal.id());
    assertEquals(FLIGHTS, signal.table());
    assertEquals(2, signal.keys().size());
    assertEquals(8, signal.keys().get(1).get("id").intValue());
    assertNull(signal.tokens());
    assertFalse(signal.statics());
  }

  /** What is wrong with a signal is said in short, however long that is: the answer must be taken. */
  @Test
  void reasonsAreShort() {
    String key = "x".repeat(1 << 20);
    MalformedSignalException refused =
        assertThrows(
            MalformedSignalException.class, () -> parse("{" + GOOD + ",'keys':['" + key + "']}"));
    assertEquals(500, refused.getMessage().length());
    assertTrue(refused.getMessage().startsWith("keys[0]: expected {column"), "what is expected");
  }

  /** Or by their tokens, as numbers or as texts, both ends included. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "[-9223372036854775808, 9223372036854775807]",
        "['-9223372036854775808', '9223372036854775807']"
      })
  void tokensAreRead(String range) throws MalformedSignalException {
    Signal signal = parse("{" + GOOD + ",'static':true,'token_range':" + range + "}");
    assertEquals(new TokenRange(Long.MIN_VALUE, Long.MAX_VALUE), signal.tokens());
    assertTrue(signal.keys().isEmpty());
    assertTrue(signal.statics());
  }

  /** What is wrong is said, with the field and what was expected; who is to hear it is known. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "                                          | expected either keys or token_range",
        ",'keys':[{'id':1}],'token_range':[1,2]    | expected either keys or token_range",
        ",'keys':[]                                | keys: expected an array with one key or more",
        ",'keys':{'id':1}                          | keys: expected an array with one key or more",
        ",'keys':[{'id':1},7]                      | keys[1]: expected {column: value, …}, got 7",
        ",'token_range':[1]                        | token_range: expected [first, last], got [1]",
        ",'token_range':[2,1] | token_range: its first token is greater than its last, [2,1]",
        ",'token_range':['x',1] | token_range: expected a token from -2^63 to 2^63-1, got `'x'`",
        ",'token_range':[1.5,2] | token_range: expected a token from -2^63 to 2^63-1, got 1.5",
        ",'token_range':[0,9223372036854775808]"
            + "| token_range: expected a token from -2^63 to 2^63-1, got 9223372036854775808",
        ",'keys':[{'id':1}],'static':'yes'         | static: expected true or false, got `'yes'`",
        ",'keys':[{'id':1}],'urgent':true          | unknown field 'urgent'",
      })
  void reasonIsSaid(String rest, String reason) {
    MalformedSignalException e =
        assertThrows(
            MalformedSignalException.class,
            () -> parse("{" + GOOD + (rest == null ? "" : rest) + "}"));
    String expected = reason.replace("`", "").replace("got 'x'", "got \"x\"");
    assertEquals(expected.replace("got 'yes'", "got \"yes\""), e.getMessage());
    assertEquals("s1", e.id().orElseThrow());
    assertEquals(FLIGHTS, e.table().orElseThrow());
  }

  /** Another operation is refused, by the table's name. */
  @Test
  void otherOperationIsRefused() {
    MalformedSignalException e =
        assertThrows(
            MalformedSignalException.class,
            () -> parse("{'id':'s1','op':'log','table':'ops.flights','keys':[{'id':1}]}"));
    assertEquals("op: expected \"reread\", got \"log\"", e.getMessage());
    assertEquals(FLIGHTS, e.table().orElseThrow());
  }

  /** Where id or table cannot be read, nobody can be told. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "no json",
        "[]",
        "{'id':'s1'} {}",
        "{'id':'s1','id':'s2','table':'ops.flights'}",
        "{'id':'s1','op':'reread','table':'flights','keys':[{'id':1}]}",
        "{'id':7,'op':'reread','table':'ops.flights','keys':[{'id':1}]}",
        "{'id':'','op':'reread','table':'ops.flights','keys':[{'id':1}]}"
      })
  void nobodyCanBeTold(String json) {
    MalformedSignalException e = assertThrows(MalformedSignalException.class, () -> parse(json));
    assertTrue(e.id().isEmpty() || e.table().isEmpty());
    assertThrows(MalformedSignalException.class, () -> SignalParser.parse(null));
  }
}
