package io.messina.connect.scylla;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigDef.Validator;
import org.apache.kafka.common.config.ConfigDef.Width;

/** The names of the settings, and the definition that Connect and the README show. */
final class Settings {

  static final String TOPIC_PREFIX = "topic.prefix";
  static final String TABLES = "tables";
  static final String SLICES = "slices";
  static final String START = "start";
  static final String TABLE_RECREATED = "table.recreated";

  static final String CONTACT_POINTS = "scylla.contact.points";
  static final String LOCAL_DATACENTER = "scylla.local.datacenter";
  static final String CONSISTENCY = "scylla.consistency";
  static final String WRITE_CONSISTENCY = "scylla.write.consistency";
  static final String CONNECT_TIMEOUT = "scylla.connect.timeout.ms";
  static final String REQUEST_TIMEOUT = "scylla.request.timeout.ms";

  static final String USER = "scylla.user";
  static final String PASSWORD = "scylla.password";
  static final String TLS = "scylla.tls";
  static final String TLS_CA = "scylla.tls.ca.file";
  static final String TLS_CERTIFICATE = "scylla.tls.certificate.file";
  static final String TLS_KEY = "scylla.tls.key.file";
  static final String TLS_VERIFY_HOSTNAME = "scylla.tls.verify.hostname";

  static final String INCLUDE = "columns.include";
  static final String EXCLUDE = "columns.exclude";
  static final String MASK_HMAC = "columns.mask.hmac";
  static final String MASK_NULL = "columns.mask.null";
  static final String MASK_KEY = "mask.key";

  static final String WINDOW = "window.ms";
  static final String CONFIDENCE = "confidence.ms";
  static final String SAFE_CONFIDENCE = "safe.confidence.ms";
  static final String READ_CONCURRENCY = "read.concurrency";
  static final String MAX_ROW_BYTES = "max.row.bytes";

  static final String RETRY_TIMEOUT = "retry.timeout.ms";
  static final String RETRY_BACKOFF_MAX = "retry.backoff.max.ms";

  static final String KAFKA_BOOTSTRAP = "kafka.bootstrap.servers";
  static final String KAFKA_CONSUMER = "kafka.consumer.";
  static final String REGISTRY_URL = "registry.url";
  static final String SIGNALS_TOPIC = "signals.topic";
  static final String SIGNALS_DONE_TOPIC = "signals.done.topic";
  static final String SIGNALS_RATE = "signals.rows.per.second";
  static final String GAPS_TOPIC = "gaps.topic";
  static final String WATERMARKS_TOPIC = "watermarks.topic";

  static final String TASK_SLICES = "task.slices";

  /** {@link #START}: from the time at which the task first runs. */
  static final String NOW = "now";

  private static final int MOST_SLICES = 4096;
  private static final long HOUR_MS = 3_600_000;
  private static final int MIB = 1 << 20;

  private final ConfigDef definition = new ConfigDef();
  private String group;
  private int order;

  private Settings() {}

  /** All settings, in the order in which they are shown. */
  static ConfigDef definition() {
    Settings settings = new Settings();
    settings.tables();
    settings.database();
    settings.security();
    settings.columns();
    settings.looks();
    settings.failures();
    settings.topics();
    return settings.definition;
  }

  private void tables() {
    group("Pipeline");
    required(
        TOPIC_PREFIX,
        Type.STRING,
        Values::prefix,
        "The pipeline's name; changes of ks.table go to the topic `<prefix>.<ks>.<table>`.");
    required(TABLES, Type.LIST, Values::tables, "Tables to carry, as `ks.table,…`.");
    required(
        SLICES,
        Type.INT,
        Range.between(1, MOST_SLICES),
        "Into how many equal slices the token ring is cut: the number of partitions of each data"
            + " topic. Fixed once the connector has run.");
    add(
        START,
        Type.STRING,
        NOW,
        Values::start,
        "Where the log begins for a table without offsets: now, or a time such as"
            + " 2026-11-23T06:00:00Z.");
    add(
        TABLE_RECREATED,
        Type.STRING,
        "stop",
        ValidString.in("stop", "heal"),
        "What to do with a table that was dropped and created again: stop it with an error, or"
            + " heal: go on with the new one, and emit a gap over each whole slice.");
  }

  private void database() {
    group("Database");
    required(
        CONTACT_POINTS,
        Type.LIST,
        Values::contactPoints,
        "Nodes to ask first, as `host:port,…`; all nodes of the cluster use the first one's port.");
    add(
        LOCAL_DATACENTER,
        Type.STRING,
        "",
        null,
        "The datacenter whose nodes are read; empty: any node.");
    add(
        CONSISTENCY,
        Type.STRING,
        "LOCAL_QUORUM",
        ValidString.in("ONE", "TWO", "THREE", "QUORUM", "ALL", "LOCAL_QUORUM", "LOCAL_ONE"),
        "Consistency at which the log and the rows are read.");
    add(
        WRITE_CONSISTENCY,
        Type.STRING,
        "QUORUM",
        ValidString.in("QUORUM", "EACH_QUORUM", "LOCAL_QUORUM", "ALL"),
        "The weakest consistency that writers use. LOCAL_QUORUM says that they write in the"
            + " datacenter that is read. Reads and writes must overlap: validation checks it"
            + " against each keyspace's replication.");
    add(
        CONNECT_TIMEOUT,
        Type.INT,
        5_000,
        Range.between(100, 600_000),
        "How long opening a connection to a node may take, in milliseconds.");
    add(
        REQUEST_TIMEOUT,
        Type.INT,
        10_000,
        Range.between(100, 600_000),
        "How long a node may take to answer a request, in milliseconds.");
  }

  private void security() {
    group("Security");
    add(USER, Type.STRING, "", null, "User name; empty: no authentication.");
    add(PASSWORD, Type.PASSWORD, "", null, "The user's password.");
    add(TLS, Type.BOOLEAN, false, null, "Whether connections to the database use TLS.");
    add(
        TLS_CA,
        Type.STRING,
        "",
        null,
        "PEM file with the certificates of the authorities to trust, on every worker; empty: those"
            + " that Java trusts.");
    add(
        TLS_CERTIFICATE,
        Type.STRING,
        "",
        null,
        "PEM file with the client's certificate and its chain; empty: none is shown.");
    add(
        TLS_KEY,
        Type.STRING,
        "",
        null,
        "PEM file with the private key of the client's certificate: PKCS #8, not encrypted.");
    add(
        TLS_VERIFY_HOSTNAME,
        Type.BOOLEAN,
        true,
        null,
        "Whether a node's certificate must name the address under which it is reached.");
  }

  private void columns() {
    group("Columns");
    add(
        INCLUDE,
        Type.LIST,
        "",
        Values::columns,
        "Columns that are carried besides the key, as `ks.table.column,…`: of a table that one of"
            + " them is of, no others, later ones included. Of other tables all.");
    add(
        EXCLUDE,
        Type.LIST,
        "",
        Values::columns,
        "Columns that are left out, as `ks.table.column,…`. No key columns.");
    add(
        MASK_HMAC,
        Type.LIST,
        "",
        Values::columns,
        "Columns of which only a keyed hash leaves the connector: HMAC-SHA256, as lowercase hex.");
    add(
        MASK_NULL,
        Type.LIST,
        "",
        Values::columns,
        "Columns that are always null in what leaves the connector.");
    add(MASK_KEY, Type.PASSWORD, "", null, "The key of " + MASK_HMAC + ".");
  }

  private void looks() {
    group("Reading");
    add(
        WINDOW,
        Type.LONG,
        300L,
        Range.between(10, 60_000),
        "How much of the log one round reads, at least, in milliseconds.");
    add(
        CONFIDENCE,
        Type.LONG,
        300L,
        Range.between(0, 600_000),
        "How old a window is when the first look reads it, in milliseconds.");
    add(
        SAFE_CONFIDENCE,
        Type.LONG,
        30_000L,
        Range.between(0, 24 * HOUR_MS),
        "How old a window is when the second look reads it again, in milliseconds.");
    add(
        READ_CONCURRENCY,
        Type.INT,
        64,
        Range.between(1, 4096),
        "How many log or row reads a task has in flight at most.");
    add(
        MAX_ROW_BYTES,
        Type.INT,
        8 * MIB,
        Range.between(1024, 512 * MIB),
        "The largest row that is carried; a larger one becomes a gap.");
  }

  private void failures() {
    group("Failures");
    add(
        RETRY_TIMEOUT,
        Type.LONG,
        900_000L,
        Range.between(0, 24 * 7 * HOUR_MS),
        "For how long a read that fails is tried again before the task fails, in milliseconds.");
    add(
        RETRY_BACKOFF_MAX,
        Type.LONG,
        5_000L,
        Range.between(10, HOUR_MS),
        "The longest pause between two tries, in milliseconds; pauses are random and grow up to"
            + " it.");
  }

  private void topics() {
    group("Topics and signals");
    add(
        WATERMARKS_TOPIC,
        Type.STRING,
        "",
        Values::topic,
        "Topic of the watermarks; empty: `<prefix>.watermarks`.");
    add(GAPS_TOPIC, Type.STRING, "", Values::topic, "Topic of the gaps; empty: `<prefix>.gaps`.");
    add(
        KAFKA_BOOTSTRAP,
        Type.LIST,
        "",
        Values::optionalHosts,
        "The brokers that signals and the ends of data topics are read from, as `host:port,…`;"
            + " empty: signals are not served. Settings that begin with kafka.consumer. go to that"
            + " consumer.");
    add(
        REGISTRY_URL,
        Type.STRING,
        "",
        Values::optionalUrl,
        "The root of the registry that the converters tell schemas. While it does not answer, the"
            + " first records of a schema wait, and all of the transaction that they are in, where"
            + " otherwise the task would fail. Where the connector has key.converter and"
            + " value.converter, and no transforms, it is told new schemas ahead of the task's own"
            + " converters, again and again for some seconds if it refuses; empty: nobody waits, and"
            + " nothing is told ahead.");
    add(
        SIGNALS_TOPIC,
        Type.STRING,
        "",
        Values::topic,
        "Topic that signals are read from; empty: `<prefix>.signals`.");
    add(
        SIGNALS_DONE_TOPIC,
        Type.STRING,
        "",
        Values::topic,
        "Topic that says which signals are done; empty: `<prefix>.signals.done`.");
    add(
        SIGNALS_RATE,
        Type.INT,
        2_000,
        Range.between(1, 10_000_000),
        "How many rows a second a task reads for signals, at most.");
    add(
        TASK_SLICES,
        Type.LIST,
        "",
        null,
        "Set by the connector for each task; leave it out.");
  }

  private void group(String name) {
    group = name;
    order = 0;
  }

  private void required(String name, Type type, Validator check, String meaning) {
    define(name, type, ConfigDef.NO_DEFAULT_VALUE, check, Importance.HIGH, meaning);
  }

  private void add(String name, Type type, Object value, Validator check, String meaning) {
    Importance importance = name.equals(TASK_SLICES) ? Importance.LOW : Importance.MEDIUM;
    define(name, type, value, check, importance, meaning);
  }

  private void define(
      String name, Type type, Object value, Validator check, Importance importance, String text) {
    definition.define(
        name, type, value, check, importance, text, group, ++order, Width.MEDIUM, name);
  }
}
