package io.messina.connect.scylla.cql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.cql.RefusedException.Why;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RefusalsTest {

  private final Refusals refusals =
      new Refusals(
          new SourceConfig(
              Map.of(
                  "topic.prefix", "shop",
                  "tables", "ops.flights",
                  "slices", "1",
                  "scylla.contact.points", "127.0.0.1:9042")));

  /** A user type that the driver cannot parse is named, with what to do about it. */
  @Test
  void aUserTypeThatTheDriverDoesNotKnowIsNamed() {
    var failure = new IllegalArgumentException("Could not parse type name vector<int, 3>");
    RefusedException refusal =
        assertInstanceOf(RefusedException.class, refusals.explain(failure));
    assertEquals(Why.SCHEMA, refusal.why());
    assertTrue(refusal.getMessage().contains("vector<int, 3>"));
    assertTrue(refusal.getMessage().contains("system_schema.types"));
  }

  /** What is no refusal stays as it is. */
  @Test
  void otherFailuresStayAsTheyAre() {
    var failure = new IllegalArgumentException("something else");
    assertSame(failure, refusals.explain(failure));
  }
}
