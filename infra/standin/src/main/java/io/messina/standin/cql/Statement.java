package io.messina.standin.cql;

import io.messina.standin.cql.Token.Kind;
import java.util.List;
import org.apache.cassandra.exceptions.SyntaxException;

/** The tokens of one CQL text, with the few questions that a rewriter asks of them. */
final class Statement {

  private final String cql;
  private final List<Token> tokens;

  Statement(String cql) {
    this.cql = cql;
    this.tokens = CqlTokenizer.tokenize(cql);
  }

  String cql() {
    return cql;
  }

  int size() {
    return tokens.size();
  }

  /** The token at an index, or null past the end. */
  Token at(int index) {
    return index < tokens.size() ? tokens.get(index) : null;
  }

  /** Says whether the text ends inside a string, name or comment. */
  boolean isTorn() {
    return !tokens.isEmpty() && tokens.get(tokens.size() - 1).kind() == Kind.UNTERMINATED;
  }

  /** Says whether the given keywords stand in a row from an index on. */
  boolean hasWords(int index, String... words) {
    for (int i = 0; i < words.length; i++) {
      Token token = at(index + i);
      if (token == null || !token.isWord(words[i])) {
        return false;
      }
    }
    return true;
  }

  boolean isWord(int index, String word) {
    return hasWords(index, word);
  }

  boolean isSymbol(int index, char symbol) {
    Token token = at(index);
    return token != null && token.isSymbol(symbol);
  }

  /** Says whether the statement is over at an index: past the last token, or at a semicolon. */
  boolean isEnd(int index) {
    return at(index) == null || isSymbol(index, ';');
  }

  /** How much deeper in brackets one is after the token at an index. */
  int depthChange(int index) {
    Token token = at(index);
    if (token.kind() != Kind.SYMBOL) {
      return 0;
    }
    return switch (token.text().charAt(0)) {
      case '(', '[', '{' -> 1;
      case ')', ']', '}' -> -1;
      default -> 0;
    };
  }

  /** Returns the first index from {@code index} on with a keyword outside all brackets, or -1. */
  int findOutside(String word, int index) {
    int depth = 0;
    for (int i = index; i < tokens.size(); i++) {
      if (depth == 0 && isWord(i, word)) {
        return i;
      }
      depth += depthChange(i);
    }
    return -1;
  }

  /** The text from the token at {@code from} up to, not including, the token at {@code to}. */
  String text(int from, int to) {
    return cql.substring(tokens.get(from).start(), tokens.get(to - 1).end());
  }

  /** Makes the error for a token that cannot stand where it stands. */
  SyntaxException error(int index, String message) {
    int offset = index < tokens.size() ? tokens.get(index).start() : cql.length();
    int line = 1;
    int column = 0;
    for (int i = 0; i < offset; i++) {
      column++;
      if (cql.charAt(i) == '\n') {
        line++;
        column = 0;
      }
    }
    return new SyntaxException(String.format("line %d:%d %s", line, column, message));
  }
}
