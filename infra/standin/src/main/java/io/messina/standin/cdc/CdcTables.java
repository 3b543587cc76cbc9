package io.messina.standin.cdc;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.cassandra.exceptions.InvalidRequestException;
import org.apache.cassandra.schema.Schema;
import org.apache.cassandra.schema.TableMetadata;
import org.apache.cassandra.schema.TriggerMetadata;
import org.apache.cassandra.schema.Triggers;

/** Reads and writes the CDC options of a table's metadata. */
public final class CdcTables {

  private static final String TRIGGER = "scylla_cdc";

  private static final Map<ByteBuffer, CdcOptions> PARSED = new ConcurrentHashMap<>();

  private CdcTables() {}

  /** The options of a table, or null when it never had any. */
  static CdcOptions optionsOf(TableMetadata table) {
    ByteBuffer bytes = table.params.extensions.get(CdcExtension.NAME);
    if (bytes == null) {
      return null;
    }
    return PARSED.computeIfAbsent(bytes, b -> CdcOptions.parse(CdcExtension.decode(b)));
  }

  /** The table of this name, whose changes are logged; any other name is refused. */
  public static TableMetadata logged(String keyspace, String name) {
    TableMetadata table = Schema.instance.getTableMetadata(keyspace, name);
    if (table == null || !isEnabled(table)) {
      throw new InvalidRequestException(
          String.format("There is no table %s.%s with CDC", keyspace, name));
    }
    return table;
  }

  /** The log of a table; that it is there is taken for granted. */
  public static TableMetadata logOf(TableMetadata base) {
    String name = LogNames.logOf(base.name);
    TableMetadata log = Schema.instance.getTableMetadata(base.keyspace, name);
    if (log == null) {
      throw new InvalidRequestException(
          String.format("The CDC log %s.%s does not exist", base.keyspace, name));
    }
    return log;
  }

  /** The options of a table as ScyllaDB shows them, or null when it never had any. */
  public static Map<String, String> shownOptions(TableMetadata table) {
    CdcOptions options = optionsOf(table);
    return options == null ? null : options.toMap();
  }

  /** Says whether a table is a log. */
  public static boolean isLog(TableMetadata table) {
    return LogSchema.isLog(table);
  }

  /** Says whether a table's changes are logged. */
  static boolean isEnabled(TableMetadata table) {
    CdcOptions options = optionsOf(table);
    return options != null && options.isEnabled();
  }

  /** Returns the table with these options, and with the trigger that they call for. */
  static TableMetadata withOptions(TableMetadata table, CdcOptions options) {
    Map<String, ByteBuffer> extensions = new HashMap<>(table.params.extensions);
    extensions.put(CdcExtension.NAME, CdcExtension.encode(options.toMap()));
    Triggers triggers = table.triggers;
    if (triggers.get(TRIGGER).isPresent()) {
      triggers = triggers.without(TRIGGER);
    }
    if (options.isEnabled()) {
      triggers = triggers.with(TriggerMetadata.create(TRIGGER, CdcTrigger.class.getName()));
    }
    return table.unbuild().extensions(extensions).triggers(triggers).build();
  }
}
