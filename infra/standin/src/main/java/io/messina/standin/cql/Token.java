package io.messina.standin.cql;

import java.util.Locale;

/**
 * One token of a CQL text, with its place in it.
 *
 * @param kind what it is
 * @param text the token as it was written, quotes included
 * @param start index of its first character
 * @param end index after its last character
 */
public record Token(Kind kind, String text, int start, int end) {

  /** The kinds of token that CQL has, as far as this package has to tell them apart. */
  public enum Kind {
    /** A keyword or an unquoted name. */
    WORD,
    /** A name in double quotes. */
    QUOTED_NAME,
    /** A string in single quotes or between two {@code $$}. */
    STRING,
    /** Anything that begins with a digit: a number, a duration, a piece of a UUID. */
    NUMBER,
    /** A single character of punctuation. */
    SYMBOL,
    /** A string, name or comment that never ends. */
    UNTERMINATED
  }

  /** Says whether this is the given keyword, in any case. */
  boolean isWord(String word) {
    return kind == Kind.WORD && text.equalsIgnoreCase(word);
  }

  /** Says whether this is the given punctuation. */
  boolean isSymbol(char symbol) {
    return kind == Kind.SYMBOL && text.charAt(0) == symbol;
  }

  /** Says whether this can be a name. */
  boolean isName() {
    return kind == Kind.WORD || kind == Kind.QUOTED_NAME;
  }

  /** The name that this token stands for: unquoted names are folded to lower case. */
  String name() {
    if (kind == Kind.QUOTED_NAME) {
      return unquote('"');
    }
    return text.toLowerCase(Locale.ROOT);
  }

  /** The value that this token stands for: a string without its quotes, the rest as written. */
  String value() {
    if (kind != Kind.STRING) {
      return text;
    }
    if (text.startsWith("$$")) {
      return text.substring(2, text.length() - 2);
    }
    return unquote('\'');
  }

  private String unquote(char quote) {
    String one = String.valueOf(quote);
    return text.substring(1, text.length() - 1).replace(one + one, one);
  }
}
