package io.messina.connect.jdbc.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.sql.BatchUpdateException;
import java.sql.SQLException;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

class FailureTest {

  /** What time cures is waited for, what a record brought is looked for, the rest is told. */
  @ParameterizedTest
  @CsvSource({
    "08006, OUTAGE", // connection failure
    "08001, OUTAGE", // cannot connect
    "57P01, OUTAGE", // admin shutdown
    "57P03, OUTAGE", // starting up
    "53100, OUTAGE", // disk full
    "53300, OUTAGE", // too many connections
    "25P02, OUTAGE", // this session's transaction has failed before
    "25P03, OUTAGE", // the session was ended for being idle
    "26000, OUTAGE", // the statement was prepared in another session
    "40P01, CONFLICT", // deadlock
    "40001, CONFLICT", // serialization
    "55P03, CONFLICT", // lock not available
    "25P03, OUTAGE", // idle in a transaction for too long: the session is gone
    "25006, OUTAGE", // read only: a standby; the primary may be behind another connection
    "42701, CONFLICT", // another task has added the column
    "42P07, CONFLICT", // another task has made the table
    "42710, CONFLICT", // another task has made the object
    "22021, DATA", // NUL in text
    "22003, DATA", // numeric out of range
    "22P02, DATA", // invalid text representation
    "23502, DATA", // not null
    "23503, DATA", // foreign key
    "23505, DATA", // unique
    "23514, DATA", // check
    "54000, DATA", // index row too large
    "P0001, DATA", // raised by a trigger
    "42P01, SETTING", // no such table
    "42501, SETTING", // no right
    "28P01, SETTING", // wrong password
    "3D000, SETTING", // no such database
    "57P04, OUTAGE", // the database was dropped: the next connection says so
    "XX000, DATA", // internal: a value may have brought it about
    "XX001, SETTING", // a damaged page
    "XX002, SETTING", // a damaged index
  })
  void kinds(String state, Failure.Kind kind) {
    assertEquals(kind, Failure.kind(state));
    assertEquals(kind, Failure.of(new SQLException("no", state)).kind());
  }

  /** Of a batch it is the record's own error that counts, however deep it lies. */
  @Test
  void causesAreFound() {
    SQLException batch = new BatchUpdateException("Batch entry 3 INSERT …", "23514", new int[0]);
    batch.setNextException(server("23514", "violates check constraint", "positive"));
    Failure failure = Failure.of(new ConnectException("flush", new RuntimeException(batch)));
    assertEquals("23514", failure.sqlState());
    assertEquals("positive", failure.constraint());
    assertEquals("violates check constraint (SQLSTATE 23514)", failure.toString());
  }

  /** The detail, in which Postgres shows the row, is not in the message. */
  @Test
  void valuesAreNotTold() {
    Failure failure = Failure.of(server("23514", "violates check constraint", "positive"));
    assertFalse(failure.message().contains("hunter2"), failure.message());
    SQLException plain = new SQLException("ERROR: no\n  Detail: Failing row (hunter2)", "23514");
    assertEquals("ERROR: no", Failure.of(plain).message());
  }

  /** A pool that has no connection to give says so without a code: that is no record's fault. */
  @Test
  void poolsHaveNoCodes() {
    Failure failure = Failure.of(new SQLException("Connections could not be acquired"));
    assertEquals(Failure.Kind.OUTAGE, failure.kind());
  }

  /** What is no error of Postgres may be any record's fault: it is looked for. */
  @Test
  void othersAreLookedFor() {
    Failure failure = Failure.of(new ConnectException("x", new ClassCastException("no text")));
    assertEquals(Failure.Kind.DATA, failure.kind());
    assertNull(failure.sqlState());
    assertEquals("ClassCastException: no text", failure.message());
  }

  private static PSQLException server(String state, String message, String constraint) {
    String nul = "\0";
    return new PSQLException(
        new ServerErrorMessage(
            "SERROR" + nul + "C" + state + nul + "M" + message + nul
                + "DFailing row contains (hunter2)." + nul + "n" + constraint + nul));
  }
}
