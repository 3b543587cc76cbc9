package io.messina.standin.cql;

import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Tells which options of a table or keyspace are ScyllaDB's own and have no meaning here. */
final class ScyllaOptions {

  /** Options that Cassandra has never heard of, or no longer has, whatever their value. */
  static final Set<String> IGNORED =
      Set.of(
          "dclocal_read_repair_chance",
          "in_memory",
          "large_data_guardrails_enabled",
          "paxos_grace_seconds",
          "per_partition_rate_limit",
          "read_repair_chance",
          "scylla_encryption_options",
          "storage",
          "storage_engine",
          "synchronous_updates",
          "tablets",
          "tombstone_gc");

  private static final Set<String> SCYLLA_CACHING_KEYS = Set.of("enabled");

  private ScyllaOptions() {}

  /** Says whether an option is to be left out of the text that Cassandra reads. */
  static boolean isIgnored(Statement statement, Property property) {
    if (property.name() == null) {
      return false;
    }
    if (IGNORED.contains(property.name())) {
      return true;
    }
    if (!statement.isSymbol(property.value(), '{')) {
      return false;
    }
    return switch (property.name()) {
      case "caching" -> hasScyllaCaching(MapLiteral.read(statement, property));
      case "compaction" -> hasScyllaCompaction(MapLiteral.read(statement, property));
      case "compression" -> hasScyllaCompression(MapLiteral.read(statement, property));
      default -> false;
    };
  }

  private static boolean hasScyllaCaching(Map<String, String> caching) {
    return caching.keySet().stream().anyMatch(SCYLLA_CACHING_KEYS::contains);
  }

  private static boolean hasScyllaCompaction(Map<String, String> compaction) {
    String strategy = compaction.getOrDefault("class", "");
    return strategy.endsWith("IncrementalCompactionStrategy");
  }

  private static boolean hasScyllaCompression(Map<String, String> compression) {
    if (compression.containsKey("sstable_compression")) {
      return true;
    }
    String compressor = compression.getOrDefault("class", "");
    return compressor.toLowerCase(Locale.ROOT).endsWith("withdictscompressor");
  }
}
