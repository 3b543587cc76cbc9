package io.messina.standin.cql;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.messina.standin.cql.Token.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CqlTokenizerTest {

  /** Words, numbers and punctuation are told apart, and white space falls away. */
  @Test
  void tellsKindsApart() {
    assertEquals(
        List.of(Kind.WORD, Kind.SYMBOL, Kind.NUMBER, Kind.SYMBOL, Kind.WORD),
        kinds("a\t>\n 5; b_1"));
  }

  /** Every token knows where in the text it stands. */
  @Test
  void keepsPositions() {
    Token token = CqlTokenizer.tokenize("ab  'c d' e").get(1);
    assertEquals("'c d'", token.text());
    assertEquals(4, token.start());
    assertEquals(9, token.end());
  }

  /** A quote that is doubled inside a string stands for itself. */
  @Test
  void readsStrings() {
    Token token = CqlTokenizer.tokenize("'it''s'").get(0);
    assertEquals(Kind.STRING, token.kind());
    assertEquals("it's", token.value());
  }

  /** An empty string is a token of its own, not the beginning of another. */
  @Test
  void readsEmptyStrings() {
    assertEquals(List.of("''", ",", "''"), texts("'','' "));
  }

  /** Between two $$ anything may stand, quotes and single dollars too. */
  @Test
  void readsDollarStrings() {
    Token token = CqlTokenizer.tokenize("$$a 'b' $ -- c$$").get(0);
    assertEquals(Kind.STRING, token.kind());
    assertEquals("a 'b' $ -- c", token.value());
  }

  /** A quoted name keeps its case; an unquoted one is folded to lower case. */
  @Test
  void readsNames() {
    assertEquals("Say \"x\"", CqlTokenizer.tokenize("\"Say \"\"x\"\"\"").get(0).name());
    assertEquals("say", CqlTokenizer.tokenize("Say").get(0).name());
  }

  /** Comments of all three kinds fall away, whatever stands in them. */
  @ParameterizedTest
  @ValueSource(
      strings = {"a -- 'b\nc", "a // \"b\nc", "a /* ' \n $$ */ c", "a--\nc", "a/**/c", "a -- b\rc"})
  void skipsComments(String cql) {
    assertEquals(List.of("a", "c"), texts(cql));
  }

  /** What looks like a comment inside a string is a part of the string. */
  @Test
  void findsNoCommentsInStrings() {
    assertEquals(List.of("'a -- b /* c'", "d"), texts("'a -- b /* c' d"));
  }

  /** Durations, floats and hex constants are one token each. */
  @Test
  void readsNumbers() {
    assertEquals(List.of("1h30m", "1.5e3", "0xCAFE", "5"), texts("1h30m 1.5e3 0xCAFE 5"));
  }

  /** A string, name or comment that never ends is said to be so. */
  @ParameterizedTest
  @ValueSource(strings = {"'a", "\"a", "$$a$", "/* a *", "'a''"})
  void marksWhatNeverEnds(String cql) {
    assertEquals(List.of(Kind.UNTERMINATED), kinds(cql));
  }

  private static List<Kind> kinds(String cql) {
    return CqlTokenizer.tokenize(cql).stream().map(Token::kind).toList();
  }

  private static List<String> texts(String cql) {
    return CqlTokenizer.tokenize(cql).stream().map(Token::text).toList();
  }
}
