package io.messina.standin.cql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.apache.cassandra.exceptions.InvalidRequestException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScyllaDialectDmlTest {

  /** TIMEOUT goes, and USING with it when nothing else is left in it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "INSERT INTO t (p) VALUES (1) USING TIMEOUT 5s | INSERT INTO t (p) VALUES (1) ",
        "UPDATE t USING TIMEOUT 50ms SET v = 1 WHERE p = 1 | UPDATE t  SET v = 1 WHERE p = 1",
        "DELETE FROM t USING timeout 1h30m WHERE p = 1 | DELETE FROM t  WHERE p = 1",
        "SELECT * FROM t WHERE p = 1 USING TIMEOUT 1s; | SELECT * FROM t WHERE p = 1 ;",
        "TRUNCATE TABLE t USING TIMEOUT 1m | TRUNCATE TABLE t "
      })
  void takesTimeout(String cql, String expected) {
    assertEquals(expected.strip(), ScyllaDialect.rewrite(cql).cql().strip());
  }

  /** TIMESTAMP and TTL stay, in whatever order they stand, bound or not. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "TTL 5 AND TIMEOUT 5s | USING TTL 5",
        "TIMEOUT 5s AND TTL ? | USING TTL ?",
        "TIMESTAMP -5 AND timeout 5s AND TTL :ttl | USING TIMESTAMP -5 AND TTL :ttl"
      })
  void keepsTheRest(String clause, String expected) {
    String cql = "UPDATE t USING " + clause + " SET v = 1 WHERE p = 1 AND c = 2";
    assertEquals(
        "UPDATE t " + expected + " SET v = 1 WHERE p = 1 AND c = 2",
        ScyllaDialect.rewrite(cql).cql());
  }

  /** Every statement of a batch is looked at, and the batch's own clause too. */
  @Test
  void looksIntoBatches() {
    assertEquals(
        "BEGIN BATCH USING TIMESTAMP 1 INSERT INTO t (p) VALUES (1) ; DELETE FROM t  WHERE p = 2;"
            + " APPLY BATCH",
        ScyllaDialect.rewrite(
                "BEGIN BATCH USING TIMESTAMP 1 AND TIMEOUT 1s INSERT INTO t (p) VALUES (1) USING"
                    + " TIMEOUT 1s; DELETE FROM t USING TIMEOUT 1s WHERE p = 2; APPLY BATCH")
            .cql());
  }

  /** BYPASS CACHE goes from the end of a SELECT, beside a timeout too. */
  @ParameterizedTest
  @ValueSource(strings = {"BYPASS CACHE", "bypass\ncache USING TIMEOUT 1s", "BYPASS /**/ CACHE;"})
  void takesBypassCache(String tail) {
    String cql = ScyllaDialect.rewrite("SELECT * FROM t LIMIT 1 " + tail).cql();
    assertEquals("SELECT * FROM t LIMIT 1", cql.replace(';', ' ').strip());
  }

  /** A text without any of this is returned as it is. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT timeout, bypass FROM t WHERE cache = 'USING TIMEOUT 5s'",
        "SELECT \"USING\" FROM t -- USING TIMEOUT 5s",
        "INSERT INTO t (p) VALUES (1) USING TTL 5 AND TIMESTAMP 6",
        "USE k",
        ""
      })
  void leavesTheRestAlone(String cql) {
    assertSame(cql, ScyllaDialect.rewrite(cql).cql());
  }

  /** Timeouts that ScyllaDB refuses are refused with its words. */
  @ParameterizedTest
  @CsvSource({
    "1d, Timeout values cannot be expressed in days/months",
    "1mo, Timeout values cannot be expressed in days/months",
    "5us, Timeout values cannot have granularity finer than milliseconds",
    "-5s, Timeout values must be non-negative"
  })
  void refusesBadTimeouts(String timeout, String message) {
    InvalidRequestException error = refusal("SELECT * FROM t USING TIMEOUT " + timeout);
    assertEquals(message, error.getMessage());
  }

  /** A timeout that is no duration is refused. */
  @Test
  void refusesWhatIsNoDuration() {
    refusal("SELECT * FROM t USING TIMEOUT 5");
  }

  /** A timeout behind a bind marker is refused, since the marker could not be taken out. */
  @ParameterizedTest
  @ValueSource(strings = {"?", ":t"})
  void refusesBoundTimeouts(String marker) {
    refusal("SELECT * FROM t USING TIMEOUT " + marker);
  }

  private static InvalidRequestException refusal(String cql) {
    return assertThrows(InvalidRequestException.class, () -> ScyllaDialect.rewrite(cql));
  }
}
