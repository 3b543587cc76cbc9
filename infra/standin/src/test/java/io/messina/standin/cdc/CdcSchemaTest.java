package io.messina.standin.cdc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.apache.cassandra.exceptions.InvalidRequestException;
import org.apache.cassandra.schema.KeyspaceMetadata;
import org.apache.cassandra.schema.KeyspaceParams;
import org.apache.cassandra.schema.Keyspaces;
import org.apache.cassandra.schema.TableMetadata;
import org.apache.cassandra.schema.Tables;
import org.junit.jupiter.api.Test;

class CdcSchemaTest {

  private static final CdcOptions ON = CdcOptions.parse(Map.of("enabled", "true"));
  private static final CdcOptions OFF = CdcOptions.parse(Map.of("enabled", "false"));
  private static final CdcOptions UNSET = CdcOptions.parse(Map.of("ttl", "5"));

  private final TableMetadata base = TestTables.parse("CREATE TABLE t (p int PRIMARY KEY, v int)");
  private final TableMetadata counter =
      TestTables.parse("CREATE TABLE t (p int PRIMARY KEY, v counter)");
  private final TableMetadata foreign =
      TestTables.parse("CREATE TABLE t_scylla_cdc_log (p int PRIMARY KEY)");

  /** A table that is made with CDC gets its log in the same step. */
  @Test
  void makesTheLog() {
    Keyspaces after = follow(schema(), schema(base), ON);
    assertNotNull(find(after, "t_scylla_cdc_log"));
    assertTrue(CdcTables.isEnabled(find(after, "t")));
  }

  /** A table that is made without CDC gets no log. */
  @Test
  void makesNoLogUnasked() {
    assertNull(find(follow(schema(), schema(base), null), "t_scylla_cdc_log"));
    assertNull(find(follow(schema(), schema(base), UNSET), "t_scylla_cdc_log"));
  }

  /** CDC that is switched off leaves the log, and the options in system_schema. */
  @Test
  void keepsTheLogWhenSwitchedOff() {
    Keyspaces on = follow(schema(), schema(base), ON);
    Keyspaces off = follow(on, on, OFF);
    assertNotNull(find(off, "t_scylla_cdc_log"));
    assertFalse(CdcTables.isEnabled(find(off, "t")));
    assertTrue(find(off, "t").triggers.isEmpty());
  }

  /** CDC that is switched on again takes up the log that is there, by its id. */
  @Test
  void takesTheLogUpAgain() {
    Keyspaces on = follow(schema(), schema(base), ON);
    Keyspaces again = follow(on, follow(on, on, OFF), ON);
    assertEquals(find(on, "t_scylla_cdc_log").id, find(again, "t_scylla_cdc_log").id);
    assertEquals(1, find(again, "t").triggers.size());
  }

  /** The log goes with its table. */
  @Test
  void dropsTheLog() {
    Keyspaces on = follow(schema(), schema(base), ON);
    KeyspaceMetadata k = on.getNullable("k");
    Keyspaces without = on.withAddedOrUpdated(k.withSwapped(k.tables.without("t")));
    assertNull(find(follow(on, without, null), "t_scylla_cdc_log"));
  }

  /** A table of the user's that only has the name of a log stays. */
  @Test
  void keepsForeignTables() {
    Keyspaces after = follow(schema(base, foreign), schema(foreign), null);
    assertNotNull(find(after, "t_scylla_cdc_log"));
  }

  /** CDC is refused where the log's name is taken. */
  @Test
  void refusesTakenNames() {
    assertEquals(
        "Cannot create CDC log table for table k.t because a table of name k.t_scylla_cdc_log"
            + " already exists",
        refusal(schema(foreign), schema(foreign, base), ON));
  }

  /** CDC is refused for counters, and for tables that already exist too. */
  @Test
  void refusesCounters() {
    String message = "Cannot create CDC log for table k.t. Counter support not implemented";
    assertEquals(message, refusal(schema(), schema(counter), ON));
    assertEquals(message, refusal(schema(counter), schema(counter), ON));
  }

  /** Options of an existing table must say whether CDC is on. */
  @Test
  void refusesUnsetEnabled() {
    assertEquals(
        "Altering CDC options requires specifying \"enabled\" flag",
        refusal(schema(base), schema(base), UNSET));
  }

  /** A log gets no log of its own, and is not dropped while it is written. */
  @Test
  void protectsTheLog() {
    Keyspaces on = follow(schema(), schema(base), ON);
    KeyspaceMetadata k = on.getNullable("k");
    Keyspaces without =
        on.withAddedOrUpdated(k.withSwapped(k.tables.without("t_scylla_cdc_log")));
    String log = "t_scylla_cdc_log";
    assertTrue(refusal(on, on, log, ON).endsWith("creating nested CDC logs is not allowed"));
    assertEquals("Cannot DROP cdc log table " + log, refusal(on, without, log, null));
  }

  /** Switching CDC off frees the log: it can be dropped then. */
  @Test
  void freesTheLogWhenSwitchedOff() {
    Keyspaces on = follow(schema(), schema(base), ON);
    Keyspaces off = follow(on, on, OFF);
    KeyspaceMetadata k = off.getNullable("k");
    Keyspaces without =
        off.withAddedOrUpdated(k.withSwapped(k.tables.without("t_scylla_cdc_log")));
    Keyspaces after =
        new CdcSchema(off, without, "k", "t_scylla_cdc_log", TestTables::newId).follow(null);
    assertNull(find(after, "t_scylla_cdc_log"));
  }

  private static Keyspaces schema(TableMetadata... tables) {
    return Keyspaces.of(
        KeyspaceMetadata.create(
            "k", KeyspaceParams.simple(1), Tables.of(tables)));
  }

  private static Keyspaces follow(Keyspaces before, Keyspaces after, CdcOptions requested) {
    return new CdcSchema(before, after, "k", "t", TestTables::newId).follow(requested);
  }

  private static String refusal(Keyspaces before, Keyspaces after, CdcOptions requested) {
    return refusal(before, after, "t", requested);
  }

  private static String refusal(
      Keyspaces before, Keyspaces after, String table, CdcOptions requested) {
    CdcSchema change = new CdcSchema(before, after, "k", table, TestTables::newId);
    return assertThrows(InvalidRequestException.class, () -> change.follow(requested))
        .getMessage();
  }

  private static TableMetadata find(Keyspaces schema, String table) {
    return schema.getNullable("k").tables.getNullable(table);
  }
}
