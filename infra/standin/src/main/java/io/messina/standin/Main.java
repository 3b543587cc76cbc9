package io.messina.standin;

import io.messina.standin.access.AccessConfig;
import io.messina.standin.access.AccessFlags;
import io.messina.standin.cdc.GenerationTables;
import io.messina.standin.cdc.TabletTables;
import io.messina.standin.control.Controls;
import io.messina.standin.late.LateWrites;
import io.messina.standin.state.StateTables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.cassandra.cql3.QueryProcessor;
import org.apache.cassandra.service.CassandraDaemon;

/**
 * Starts the stand-in. It takes no arguments but two system properties of Cassandra's: {@code
 * cassandra.config}, the URL of its configuration, and {@code cassandra.storagedir}, its home.
 */
public final class Main {

  /** The line on standard output that says that CQL is served. */
  static final String READY = "STANDIN READY";

  private static final int VNODES = Integer.getInteger("messina.standin.vnodes", 4);
  private static final int SHARDS = Integer.getInteger("messina.standin.shards", 2);

  private static final int EXIT_ERROR = 1;
  private static final int EXIT_USAGE = 64;

  private Main() {}

  /** Runs until it is told to stop. */
  public static void main(String[] arguments) {
    String home = System.getProperty("cassandra.storagedir");
    if (arguments.length > 0 || home == null || System.getProperty("cassandra.config") == null) {
      System.err.println(
          "usage: java -Dcassandra.config=file:CASSANDRA_YAML -Dcassandra.storagedir=HOME "
              + Main.class.getName());
      System.exit(EXIT_USAGE);
    }
    try {
      start(Path.of(home));
    } catch (Exception e) {
      e.printStackTrace();
      System.err.println("STANDIN FAILED: " + e.getMessage());
      System.exit(EXIT_ERROR);
    }
    System.out.println(READY);
  }

  private static void start(Path home) throws IOException, ReflectiveOperationException {
    AccessFlags.read(System.getProperties());
    configure(home);
    AccessConfig.install();
    CassandraDaemon daemon = new CassandraDaemon();
    daemon.applyConfig();
    daemon.init(null);
    // A prepared DDL statement would come back from disk without its CDC options.
    QueryProcessor.clearPreparedStatements(false);
    StateTables.open();
    GenerationTables.open(VNODES, SHARDS);
    TabletTables.open();
    LateWrites.open();
    Controls.install();
    BatchTexts.install();
    daemon.start();
    if (!daemon.isNativeTransportRunning()) {
      throw new IllegalStateException("CQL could not be served; see the log above");
    }
  }

  /** Sets what Cassandra takes from system properties. */
  private static void configure(Path home) throws IOException {
    Path triggers = Files.createDirectories(home.resolve("triggers"));
    System.setProperty("cassandra.triggers_dir", triggers.toString());
    System.setProperty(
        "cassandra.custom_query_handler_class", StandinQueryHandler.class.getName());
    System.setProperty("cassandra-foreground", "yes");
    // One node has nobody to wait for.
    System.setProperty("cassandra.skip_wait_for_gossip_to_settle", "0");
    System.setProperty("cassandra.ring_delay_ms", "1");
    System.setProperty("cassandra.superuser_setup_delay_ms", "0");
    System.setProperty("cassandra.shutdown_announce_in_ms", "0");
    // A paused or slow machine is no reason to mark the only node down.
    System.setProperty("cassandra.max_local_pause_in_ms", "60000");
    // Measuring this takes a second at every start.
    System.setProperty("cassandra.memtable.row_overhead_size", "180");
    // What is acknowledged is in the page cache: it outlives the process, though not the machine.
    System.setProperty("cassandra.skip_sync", "true");
  }
}
