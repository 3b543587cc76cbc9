package io.messina.standin.cql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.apache.cassandra.exceptions.ConfigurationException;
import org.apache.cassandra.exceptions.InvalidRequestException;
import org.apache.cassandra.exceptions.SyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScyllaDialectDdlTest {

  private static final String TABLE = "CREATE TABLE t (p int PRIMARY KEY)";

  /** CDC as the only option takes WITH along when it goes. */
  @Test
  void takesTheOnlyOption() {
    RewrittenCql rewritten = ScyllaDialect.rewrite(TABLE + " WITH cdc = {'enabled': true};");
    assertEquals(TABLE + " ;", rewritten.cql());
    assertEquals(Map.of("enabled", "true"), rewritten.cdc());
  }

  /** CDC goes from the beginning, the middle and the end of the chain, and the rest stays. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "cdc = {'enabled': true} AND gc_grace_seconds = 5 AND comment = 'x'",
        "gc_grace_seconds = 5 and CDC={'enabled':'true'} AnD comment = 'x'",
        "gc_grace_seconds = 5 AND comment = 'x' AND\n\"cdc\"\t=\n{ 'enabled' : TRUE }",
        "gc_grace_seconds = 5 /* AND cdc = {} */ AND comment = 'x' AND cdc -- y\n = {'enabled': 1}"
      })
  void takesOptionsFromAnywhere(String options) {
    RewrittenCql rewritten = ScyllaDialect.rewrite(TABLE + " WITH " + options);
    String cql = rewritten.cql().replace(" /* AND cdc = {} */", "");
    assertEquals(TABLE + " WITH gc_grace_seconds = 5 AND comment = 'x'", cql);
    assertEquals(1, rewritten.cdc().size());
  }

  /** What looks like CDC inside a string is a string. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "comment = 'x AND cdc = {''enabled'': true}'",
        "comment = $$x' AND cdc = {'enabled': true}$$",
      })
  void leavesStringsAlone(String options) {
    String cql = TABLE + " WITH " + options;
    RewrittenCql rewritten = ScyllaDialect.rewrite(cql);
    assertSame(cql, rewritten.cql());
    assertNull(rewritten.cdc());
  }

  /** A column that is called cdc is a column. */
  @Test
  void leavesColumnsAlone() {
    String cql = "CREATE TABLE t (cdc int PRIMARY KEY, tablets map<int, int>) WITH comment = ''";
    assertSame(cql, ScyllaDialect.rewrite(cql).cql());
  }

  /** Options without a name of their own are kept as they are. */
  @Test
  void keepsClusteringOrder() {
    String with = " WITH CLUSTERING ORDER BY (c DESC, \"D\" ASC) AND COMPACT STORAGE";
    assertEquals(
        TABLE + with, ScyllaDialect.rewrite(TABLE + with + " AND cdc = {'ttl': 0}").cql());
  }

  /** ALTER TABLE with nothing but CDC becomes one that changes nothing. */
  @Test
  void altersNothing() {
    RewrittenCql rewritten = ScyllaDialect.rewrite("ALTER TABLE k.t WITH cdc = {'enabled':false}");
    assertEquals("ALTER TABLE k.t WITH cdc = false", rewritten.cql());
    assertEquals(Map.of("enabled", "false"), rewritten.cdc());
  }

  /** Statements that change columns have no options, whatever their columns are called. */
  @Test
  void leavesColumnChangesAlone() {
    String cql = "ALTER TABLE t ADD cdc int";
    assertSame(cql, ScyllaDialect.rewrite(cql).cql());
  }

  /** A keyspace loses its tablets option. */
  @Test
  void takesTablets() {
    String cql = "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy'}";
    assertEquals(
        cql + " AND durable_writes = true",
        ScyllaDialect.rewrite(
                cql + " AND tablets = {'enabled': true, 'initial': 8} AND durable_writes = true")
            .cql());
  }

  /** ALTER KEYSPACE with nothing but tablets is refused. */
  @Test
  void refusesToAlterTablets() {
    assertThrows(
        InvalidRequestException.class,
        () -> ScyllaDialect.rewrite("ALTER KEYSPACE k WITH tablets = {'enabled': true}"));
  }

  /** Every option that only ScyllaDB has is left out. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "paxos_grace_seconds = 864000",
        "tombstone_gc = {'mode': 'repair', 'propagation_delay_in_seconds': '3600'}",
        "in_memory = false",
        "synchronous_updates = true",
        "per_partition_rate_limit = {'max_reads_per_second': 5}",
        "scylla_encryption_options = {'cipher_algorithm': 'AES'}",
        "dclocal_read_repair_chance = 0.1",
        "read_repair_chance = 0.0",
        "tablets = {'min_tablet_count': 4}",
        "caching = {'enabled': 'false'}",
        "compaction = {'class': 'IncrementalCompactionStrategy'}",
        "compression = {'class': 'ZstdWithDictsCompressor'}",
        "compression = {'sstable_compression': 'org.apache.cassandra.io.compress.LZ4Compressor'}"
      })
  void takesScyllaOptions(String option) {
    String cql = TABLE + " WITH " + option + " AND comment = 'x'";
    assertEquals(TABLE + " WITH comment = 'x'", ScyllaDialect.rewrite(cql).cql());
  }

  /** Options that Cassandra has as well are left to it. */
  @Test
  void keepsCassandraOptions() {
    String cql =
        TABLE
            + " WITH caching = {'keys': 'ALL'} AND compaction = {'class': 'LeveledCompaction"
            + "Strategy'} AND compression = {'class': 'LZ4Compressor'} AND crc_check_chance = 1";
    assertSame(cql, ScyllaDialect.rewrite(cql).cql());
  }

  /** CDC that is given twice is refused. */
  @Test
  void refusesCdcTwice() {
    SyntaxException error =
        assertThrows(
            SyntaxException.class,
            () -> ScyllaDialect.rewrite(TABLE + " WITH cdc = {} AND cdc = {'enabled': true}"));
    assertEquals("line 1:53 Multiple definition for property 'cdc'", error.getMessage());
  }

  /** CDC that is not a map is refused. */
  @Test
  void refusesCdcThatIsNoMap() {
    assertThrows(
        ConfigurationException.class, () -> ScyllaDialect.rewrite(TABLE + " WITH cdc = true"));
  }

  /** A map that cannot be read is refused at its line and column. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{enabled: true}",
        "{'enabled' true}",
        "{'enabled': }",
        "{'enabled': true,}",
        "{'enabled': true} {}",
        "{'enabled': true, 'enabled': true}",
        "{'enabled': true"
      })
  void refusesBrokenMaps(String map) {
    SyntaxException error =
        assertThrows(
            SyntaxException.class,
            () -> ScyllaDialect.rewrite("CREATE TABLE t (p int PRIMARY KEY)\nWITH cdc = " + map));
    assertEquals("line 2:", error.getMessage().substring(0, 7));
  }

  /** A text that breaks off inside a string is left to Cassandra to refuse. */
  @Test
  void leavesTornTexts() {
    String cql = TABLE + " WITH cdc = {'enabled: true}";
    assertSame(cql, ScyllaDialect.rewrite(cql).cql());
  }

  /** A role's or an index's options are not a table's. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE ROLE r WITH PASSWORD = 'x' AND LOGIN = true",
        "CREATE CUSTOM INDEX i ON t (v) USING 'sai' WITH OPTIONS = {'a': 'b'}"
      })
  void leavesOtherStatements(String cql) {
    assertSame(cql, ScyllaDialect.rewrite(cql).cql());
  }
}
