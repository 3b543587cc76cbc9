package io.messina.standin.cql;

import io.messina.standin.cql.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import org.apache.cassandra.cql3.Duration;
import org.apache.cassandra.exceptions.InvalidRequestException;

/** Takes {@code TIMEOUT} out of {@code USING TIMESTAMP 1 AND TTL 2 AND TIMEOUT 5s}. */
final class UsingClause {

  private static final long NANOS_PER_MILLI = 1_000_000;

  private final Statement statement;
  private final int using;
  private final List<String> kept = new ArrayList<>();
  private boolean hasTimeout;
  private int end;

  private UsingClause(Statement statement, int using) {
    this.statement = statement;
    this.using = using;
    this.end = using + 1;
  }

  /**
   * Rewrites the clause whose {@code USING} is at an index.
   *
   * @return the index after the clause
   */
  static int rewrite(Statement statement, int using, Edits edits) {
    UsingClause clause = new UsingClause(statement, using);
    clause.read();
    if (clause.hasTimeout) {
      int from = statement.at(using).start();
      int to = statement.at(clause.end - 1).end();
      edits.replace(from, to, clause.withoutTimeout());
    }
    return clause.end;
  }

  private void read() {
    while (readMember() && statement.isWord(end, "and") && isMember(end + 1)) {
      end++;
    }
  }

  private boolean isMember(int index) {
    return statement.isWord(index, "timestamp")
        || statement.isWord(index, "ttl")
        || statement.isWord(index, "timeout");
  }

  private boolean readMember() {
    int from = end;
    int to = endOfTerm(from + 1);
    if (!isMember(from) || to < 0) {
      return false;
    }
    if (statement.isWord(from, "timeout")) {
      checkTimeout(from + 1, to);
      hasTimeout = true;
    } else {
      kept.add(statement.text(from, to));
    }
    end = to;
    return true;
  }

  /** Returns the index after a constant or bind marker, or -1 where neither stands. */
  private int endOfTerm(int index) {
    int term = index;
    if (statement.isSymbol(term, '-') || statement.isSymbol(term, ':')) {
      term++;
    }
    Token token = statement.at(term);
    if (token == null || (token.kind() == Kind.SYMBOL && !token.isSymbol('?'))) {
      return -1;
    }
    return term + 1;
  }

  private void checkTimeout(int from, int to) {
    if (statement.isSymbol(from, '?') || statement.isSymbol(from, ':')) {
      throw new InvalidRequestException(
          "The stand-in takes USING TIMEOUT only with a literal, not with a bind marker");
    }
    Duration timeout = Duration.from(statement.text(from, to));
    if (timeout.getMonths() != 0 || timeout.getDays() != 0) {
      throw new InvalidRequestException("Timeout values cannot be expressed in days/months");
    }
    if (timeout.getNanoseconds() % NANOS_PER_MILLI != 0) {
      throw new InvalidRequestException(
          "Timeout values cannot have granularity finer than milliseconds");
    }
    if (timeout.getNanoseconds() < 0) {
      throw new InvalidRequestException("Timeout values must be non-negative");
    }
  }

  private String withoutTimeout() {
    if (kept.isEmpty()) {
      return "";
    }
    return statement.text(using, using + 1) + " " + String.join(" AND ", kept);
  }
}
