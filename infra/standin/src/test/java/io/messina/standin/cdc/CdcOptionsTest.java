package io.messina.standin.cdc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.apache.cassandra.exceptions.ConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CdcOptionsTest {

  /** Options that are not given have ScyllaDB's defaults. */
  @Test
  void hasDefaults() {
    assertEquals(
        Map.of(
            "enabled", "true",
            "preimage", "false",
            "postimage", "false",
            "delta", "full",
            "ttl", "86400"),
        CdcOptions.parse(Map.of("enabled", "true")).toMap());
  }

  /** Names and values are read in any case, and numbers stand for booleans. */
  @Test
  void readsAnyCase() {
    CdcOptions options =
        CdcOptions.parse(
            Map.of(
                "ENABLED", "1", "PreImage", "FULL", "postimage", "TRUE", "delta", "KEYS", "ttl",
                "0"));
    assertEquals(new CdcOptions(true, ImageMode.FULL, true, true, 0), options);
  }

  /** Whether CDC was mentioned is kept apart from whether it is on. */
  @Test
  void tellsUnsetFromOff() {
    assertNull(CdcOptions.parse(Map.of("ttl", "5")).enabled());
    assertFalse(CdcOptions.parse(Map.of("enabled", "false")).isEnabled());
    assertTrue(CdcOptions.parse(Map.of("enabled", "true")).isEnabled());
  }

  /** The map that is stored is sorted by name, as ScyllaDB's is. */
  @Test
  void sortsItsMap() {
    assertEquals(
        List.of("delta", "enabled", "postimage", "preimage", "ttl"),
        List.copyOf(CdcOptions.parse(Map.of()).toMap().keySet()));
  }

  /** What is stored is read back as it was. */
  @Test
  void survivesItsMap() {
    CdcOptions options = new CdcOptions(true, ImageMode.TRUE, true, true, 60);
    assertEquals(options, CdcOptions.parse(options.toMap()));
  }

  /** Unknown options and values are refused with ScyllaDB's words. */
  @ParameterizedTest
  @CsvSource({
    "enable, true, Invalid CDC option: enable",
    "enabled, yes, 'Invalid value for CDC option \"enabled\": yes'",
    "preimage, half, 'Invalid value for CDC option \"preimage\": half'",
    "postimage, full, 'Invalid value for CDC option \"postimage\": full'",
    "delta, none, 'Invalid value for CDC option \"delta\": none'",
    "ttl, soon, 'Invalid value for CDC option \"ttl\": soon'",
    "ttl, 2147483648, Invalid CDC option: ttl too large",
    "ttl, -1, Invalid CDC option: ttl must be >= 0"
  })
  void refuses(String option, String value, String message) {
    Map<String, String> written = Map.of(option, value);
    ConfigurationException error =
        assertThrows(ConfigurationException.class, () -> CdcOptions.parse(written));
    assertEquals(message, error.getMessage());
  }
}
