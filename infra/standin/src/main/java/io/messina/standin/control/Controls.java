package io.messina.standin.control;

import java.util.List;
import org.apache.cassandra.db.virtual.VirtualKeyspace;
import org.apache.cassandra.db.virtual.VirtualKeyspaceRegistry;

/** The virtual keyspace whose tables are the stand-in's levers. */
public final class Controls {

  /** Its name. */
  static final String KEYSPACE = "messina_standin";

  private Controls() {}

  /** Makes the tables known to CQL. */
  public static void install() {
    VirtualKeyspaceRegistry.instance.register(
        new VirtualKeyspace(
            KEYSPACE,
            List.of(
                new GenerationControl(),
                new DelayControl(),
                new ExpiryControl(),
                new ImportControl(),
                new ScyllaTables())));
  }
}
