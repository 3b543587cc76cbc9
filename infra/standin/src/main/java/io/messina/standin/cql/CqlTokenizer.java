package io.messina.standin.cql;

import io.messina.standin.cql.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/** Cuts a CQL text into tokens; white space and comments fall away. */
public final class CqlTokenizer {

  private final String cql;
  private final List<Token> tokens = new ArrayList<>();
  private int position;

  private CqlTokenizer(String cql) {
    this.cql = cql;
  }

  /** Returns the tokens of a text, in order. */
  public static List<Token> tokenize(String cql) {
    return new CqlTokenizer(cql).run();
  }

  private List<Token> run() {
    while (position < cql.length()) {
      char c = cql.charAt(position);
      if (Character.isWhitespace(c)) {
        position++;
      } else if (looksAt("--") || looksAt("//")) {
        skipLine();
      } else if (looksAt("/*")) {
        skipBlock();
      } else if (c == '\'') {
        quoted(Kind.STRING, c);
      } else if (c == '"') {
        quoted(Kind.QUOTED_NAME, c);
      } else if (looksAt("$$")) {
        dollars();
      } else if (Character.isDigit(c)) {
        add(Kind.NUMBER, endOfNumber());
      } else if (isWordPart(c)) {
        add(Kind.WORD, endOfWord());
      } else {
        add(Kind.SYMBOL, position + 1);
      }
    }
    return tokens;
  }

  private boolean looksAt(String prefix) {
    return cql.startsWith(prefix, position);
  }

  private void skipLine() {
    while (position < cql.length() && !isLineEnd(cql.charAt(position))) {
      position++;
    }
  }

  private void skipBlock() {
    int close = cql.indexOf("*/", position + 2);
    if (close < 0) {
      add(Kind.UNTERMINATED, cql.length());
    } else {
      position = close + 2;
    }
  }

  /** Takes a token between two equal quotes, in which a doubled quote stands for itself. */
  private void quoted(Kind kind, char quote) {
    int close = cql.indexOf(quote, position + 1);
    while (close >= 0 && close + 1 < cql.length() && cql.charAt(close + 1) == quote) {
      close = cql.indexOf(quote, close + 2);
    }
    if (close < 0) {
      add(Kind.UNTERMINATED, cql.length());
    } else {
      add(kind, close + 1);
    }
  }

  private void dollars() {
    int close = cql.indexOf("$$", position + 2);
    if (close < 0) {
      add(Kind.UNTERMINATED, cql.length());
    } else {
      add(Kind.STRING, close + 2);
    }
  }

  private int endOfNumber() {
    int end = position + 1;
    while (end < cql.length() && (isWordPart(cql.charAt(end)) || cql.charAt(end) == '.')) {
      end++;
    }
    return end;
  }

  private int endOfWord() {
    int end = position + 1;
    while (end < cql.length() && isWordPart(cql.charAt(end))) {
      end++;
    }
    return end;
  }

  private void add(Kind kind, int end) {
    tokens.add(new Token(kind, cql.substring(position, end), position, end));
    position = end;
  }

  private static boolean isWordPart(char c) {
    return Character.isLetterOrDigit(c) || c == '_';
  }

  private static boolean isLineEnd(char c) {
    return c == '\n' || c == '\r';
  }
}
