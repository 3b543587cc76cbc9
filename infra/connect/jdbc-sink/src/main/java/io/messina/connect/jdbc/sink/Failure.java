package io.messina.connect.jdbc.sink;

import java.security.GeneralSecurityException;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.util.Set;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Why a batch could not be written, and what follows from it.
 *
 * @param kind what to do
 * @param sqlState Postgres' code, or null where the failure is not Postgres'
 * @param message what happened, without the row's values
 * @param constraint that was violated, or null
 * @param column that is meant, or null
 * @param table that is meant, or null
 */
record Failure(
    Kind kind, String sqlState, String message, String constraint, String column, String table) {

  /** What to do about a failure. */
  enum Kind {
    /** Postgres is away, read only, or has no room: the same batch again, by another connection. */
    OUTAGE,
    /** Somebody was in the way: the same batch again. */
    CONFLICT,
    /** A record may be at fault: it is looked for. */
    DATA,
    /** It is not the records: nothing can be written as it is. */
    SETTING
  }

  /** Codes of class 25, 55, 57 and 40 that time cures, besides those of whole classes. */
  private static final Set<String> OUTAGES =
      Set.of("25006", "25P03", "25P04", "57P01", "57P02", "57P03", "57P04", "57P05", "58030");

  private static final Set<String> CONFLICTS =
      Set.of("40001", "40P01", "55P03", "55006", "57014");

  /** A column, table or object that is there already: another task was first, and made it. */
  private static final Set<String> MADE_BY_OTHERS = Set.of("42701", "42P07", "42710");

  /** Returns what an exception means. */
  static Failure of(Throwable thrown) {
    SQLException sql = found(thrown);
    if (sql == null) {
      return new Failure(Kind.DATA, null, text(thrown), null, null, null);
    }
    String state = sql.getSQLState();
    if (sql instanceof PSQLException postgres && postgres.getServerErrorMessage() != null) {
      ServerErrorMessage server = postgres.getServerErrorMessage();
      return new Failure(
          kind(state),
          state,
          server.getMessage(),
          server.getConstraint(),
          server.getColumn(),
          server.getTable());
    }
    // Without a code it is not Postgres that spoke: the pool has no connection to give.
    Kind kind = state == null && !(sql instanceof PSQLException) ? Kind.OUTAGE : kind(state);
    return new Failure(kind, state, firstLine(sql.getMessage()), null, null, null);
  }

  /** Whether another task was first in making what this one was about to make. */
  boolean madeByOthers() {
    return sqlState != null && MADE_BY_OTHERS.contains(sqlState);
  }

  /**
   * By the class of the code, as Postgres' manual lists them in appendix A: 08 connection, 53
   * resources, 57 intervention, 40 rollback, 28 authorization, 3D and 3F names, 42 syntax and
   * rights; 25 and 26 are a session that is no longer in a state to write: another one may be.
   */
  static Kind kind(String state) {
    if (state == null || state.length() != 5) {
      return Kind.DATA;
    }
    if (OUTAGES.contains(state)) {
      return Kind.OUTAGE;
    }
    if (CONFLICTS.contains(state) || MADE_BY_OTHERS.contains(state)) {
      return Kind.CONFLICT;
    }
    switch (state.substring(0, 2)) {
      case "08":
      case "25":
      case "26":
      case "53":
      case "58":
        return Kind.OUTAGE;
      case "28":
      case "3D":
      case "3F":
        return Kind.SETTING;
      case "XX":
        // a damaged page or index is no record's fault; an internal error may be of its value
        return state.equals("XX000") ? Kind.DATA : Kind.SETTING;
      case "42":
        // a value that no type takes is the record's; a table that is not there is not
        return state.equals("42804") || state.equals("42846") ? Kind.DATA : Kind.SETTING;
      default:
        return Kind.DATA;
    }
  }

  /** The cause that Postgres' driver made: of a batch, the first record's. */
  private static SQLException found(Throwable thrown) {
    SQLException last = null;
    int depth = 0;
    for (Throwable each = thrown; each != null && depth < 50; depth++) {
      if (each instanceof SQLException sql) {
        last = sql;
        if (sql instanceof PSQLException) {
          return sql;
        }
      }
      boolean batch = each instanceof BatchUpdateException;
      Throwable next = batch ? ((SQLException) each).getNextException() : null;
      each = next == null ? each.getCause() : next;
    }
    return last;
  }

  /** A certificate that is not trusted, or of another name: no time cures that. */
  static boolean ofTrust(Throwable thrown) {
    int depth = 0;
    for (Throwable each = thrown; each != null && depth < 50; depth++, each = each.getCause()) {
      if (each instanceof GeneralSecurityException || each instanceof SSLPeerUnverifiedException) {
        return true;
      }
    }
    return false;
  }

  private static String text(Throwable thrown) {
    Throwable root = thrown;
    for (int depth = 0; root.getCause() != null && depth < 50; depth++) {
      root = root.getCause();
    }
    return root.getClass().getSimpleName() + ": " + firstLine(root.getMessage());
  }

  private static String firstLine(String text) {
    // pgjdbc's messages have the row in their second line
    return text == null ? "" : text.lines().findFirst().orElse("");
  }

  @Override
  public String toString() {
    return message + (sqlState == null ? "" : " (SQLSTATE " + sqlState + ")");
  }
}
