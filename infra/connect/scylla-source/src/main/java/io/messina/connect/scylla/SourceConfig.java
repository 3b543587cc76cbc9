package io.messina.connect.scylla;

import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.offset.Micros;
import io.messina.connect.scylla.offset.SliceId;
import java.net.InetSocketAddress;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;
import shaded.com.scylladb.cdc.driver3.driver.core.ConsistencyLevel;

/** The connector's settings. */
public final class SourceConfig extends AbstractConfig {

  static final String TOPIC_PREFIX = "topic.prefix";
  static final String CONTACT_POINTS = "scylla.contact.points";
  static final String LOCAL_DATACENTER = "scylla.local.datacenter";
  static final String USER = "scylla.user";
  static final String PASSWORD = "scylla.password";
  static final String CONSISTENCY = "scylla.consistency";
  static final String TABLES = "tables";
  static final String SLICES = "slices";
  static final String WINDOW = "window.ms";
  static final String CONFIDENCE = "confidence.ms";
  static final String SAFE_CONFIDENCE = "safe.confidence.ms";
  static final String READ_CONCURRENCY = "read.concurrency";
  static final String WATERMARKS_TOPIC = "watermarks.topic";
  static final String START = "start";
  static final String TASK_SLICES = "task.slices";

  private static final String NOW = "now";
  private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._-]{1,120}");
  private static final int MOST_SLICES = 4096;

  /** The definition that {@code /connector-plugins} and the README show. */
  public static final ConfigDef DEFINITION =
      new ConfigDef()
          .define(
              TOPIC_PREFIX,
              Type.STRING,
              ConfigDef.NO_DEFAULT_VALUE,
              SourceConfig::checkPrefix,
              Importance.HIGH,
              "The pipeline's name; changes of ks.table go to the topic <prefix>.<ks>.<table>.")
          .define(
              CONTACT_POINTS,
              Type.LIST,
              ConfigDef.NO_DEFAULT_VALUE,
              SourceConfig::checkContactPoints,
              Importance.HIGH,
              "Nodes to ask first, as host:port,….")
          .define(
              LOCAL_DATACENTER,
              Type.STRING,
              "",
              Importance.MEDIUM,
              "The datacenter whose nodes are read; empty: any node.")
          .define(USER, Type.STRING, "", Importance.MEDIUM, "User name; empty: no authentication.")
          .define(PASSWORD, Type.PASSWORD, "", Importance.MEDIUM, "The user's password.")
          .define(
              CONSISTENCY,
              Type.STRING,
              "LOCAL_QUORUM",
              ValidString.in("ONE", "TWO", "THREE", "QUORUM", "ALL", "LOCAL_QUORUM", "LOCAL_ONE"),
              Importance.MEDIUM,
              "Consistency at which the log and the rows are read.")
          .define(
              TABLES,
              Type.LIST,
              ConfigDef.NO_DEFAULT_VALUE,
              SourceConfig::checkTables,
              Importance.HIGH,
              "Tables to carry, as ks.table,….")
          .define(
              SLICES,
              Type.INT,
              ConfigDef.NO_DEFAULT_VALUE,
              Range.between(1, MOST_SLICES),
              Importance.HIGH,
              "Into how many equal slices the token ring is cut: the number of partitions of each"
                  + " data topic. Fixed once the connector has run.")
          .define(
              WINDOW,
              Type.LONG,
              300L,
              Range.between(10, 60_000),
              Importance.MEDIUM,
              "How much of the log one round reads, at least, in milliseconds.")
          .define(
              CONFIDENCE,
              Type.LONG,
              300L,
              Range.between(0, 600_000),
              Importance.MEDIUM,
              "How old a window is when the first look reads it, in milliseconds.")
          .define(
              SAFE_CONFIDENCE,
              Type.LONG,
              30_000L,
              Range.between(0, 86_400_000),
              Importance.MEDIUM,
              "How old a window is when the second look reads it again, in milliseconds.")
          .define(
              READ_CONCURRENCY,
              Type.INT,
              64,
              Range.between(1, 4096),
              Importance.LOW,
              "How many log or row reads a task has in flight at most.")
          .define(
              WATERMARKS_TOPIC,
              Type.STRING,
              "",
              Importance.LOW,
              "Topic of the watermarks; empty: <prefix>.watermarks.")
          .define(
              START,
              Type.STRING,
              NOW,
              SourceConfig::checkStart,
              Importance.MEDIUM,
              "Where the log begins for a table without offsets: now, or a time such as"
                  + " 2026-11-23T06:00:00Z.")
          .define(
              TASK_SLICES,
              Type.LIST,
              "",
              Importance.LOW,
              "Set by the connector for each task; leave it out.");

  /** Takes the settings, or throws a ConfigException that names the one that is wrong. */
  public SourceConfig(Map<String, String> settings) {
    super(DEFINITION, settings, false);
    if (safeConfidenceMicros() < confidenceMicros()) {
      throw new ConfigException(
          SAFE_CONFIDENCE, getLong(SAFE_CONFIDENCE), "must not be less than " + CONFIDENCE);
    }
  }

  /** The pipeline's name. */
  public String topicPrefix() {
    return getString(TOPIC_PREFIX);
  }

  /** The nodes to ask first. */
  public List<InetSocketAddress> contactPoints() {
    return getList(CONTACT_POINTS).stream().map(SourceConfig::address).toList();
  }

  /** The datacenter to read in, or an empty text. */
  public String localDatacenter() {
    return getString(LOCAL_DATACENTER);
  }

  /** The user, or an empty text. */
  public String user() {
    return getString(USER);
  }

  /** The user's password. */
  public String password() {
    return getPassword(PASSWORD).value();
  }

  /** Consistency of log and row reads. */
  public ConsistencyLevel consistency() {
    return ConsistencyLevel.valueOf(getString(CONSISTENCY).toUpperCase(Locale.ROOT));
  }

  /** The tables to carry. */
  public List<TableId> tables() {
    return getList(TABLES).stream().map(TableId::parse).toList();
  }

  /** How many slices there are. */
  public int slices() {
    return getInt(SLICES);
  }

  /** The shortest window of a round. */
  public long windowMicros() {
    return TimeUnit.MILLISECONDS.toMicros(getLong(WINDOW));
  }

  /** How old a window is at the first look. */
  public long confidenceMicros() {
    return TimeUnit.MILLISECONDS.toMicros(getLong(CONFIDENCE));
  }

  /** How old a window is at the second look. */
  public long safeConfidenceMicros() {
    return TimeUnit.MILLISECONDS.toMicros(getLong(SAFE_CONFIDENCE));
  }

  /** Reads in flight at most. */
  public int readConcurrency() {
    return getInt(READ_CONCURRENCY);
  }

  /** The topic of the watermarks. */
  public String watermarksTopic() {
    String topic = getString(WATERMARKS_TOPIC);
    return topic.isEmpty() ? topicPrefix() + ".watermarks" : topic;
  }

  /** Where a table without offsets begins, or nothing for "now". */
  public OptionalLong start() {
    String start = getString(START);
    return start.equals(NOW) ? OptionalLong.empty() : OptionalLong.of(Micros.parse(start));
  }

  /** The slices of this task. */
  public List<SliceId> taskSlices() {
    return getList(TASK_SLICES).stream().map(SliceId::parse).toList();
  }

  private static InetSocketAddress address(String text) {
    int colon = text.lastIndexOf(':');
    String host = text.substring(0, Math.max(colon, 0)).replaceAll("^\\[|]$", "");
    if (host.isEmpty()) {
      throw new IllegalArgumentException("expected host:port, got '" + text + "'");
    }
    return new InetSocketAddress(host, Integer.parseInt(text.substring(colon + 1)));
  }

  private static void checkPrefix(String name, Object value) {
    if (value != null && !PREFIX.matcher((String) value).matches()) {
      throw new ConfigException(
          name, value, "expected a topic name's letters, digits, '.', '_' and '-'");
    }
  }

  private static void checkContactPoints(String name, Object value) {
    checkEach(name, value, SourceConfig::address);
  }

  private static void checkTables(String name, Object value) {
    checkEach(name, value, TableId::parse);
    List<?> tables = (List<?>) value;
    if (tables != null && tables.stream().distinct().count() < tables.size()) {
      throw new ConfigException(name, value, "a table is named twice");
    }
  }

  private static void checkEach(
      String name, Object value, java.util.function.Consumer<String> check) {
    List<?> items = (List<?>) value;
    if (items == null || items.isEmpty()) {
      throw new ConfigException(name, value, "must not be empty");
    }
    for (Object item : items) {
      try {
        check.accept((String) item);
      } catch (IllegalArgumentException e) {
        throw new ConfigException(name, value, e.getMessage());
      }
    }
  }

  private static void checkStart(String name, Object value) {
    try {
      if (!NOW.equals(value)) {
        Micros.parse((String) value);
      }
    } catch (DateTimeParseException e) {
      throw new ConfigException(
          name, value, "expected now, or a time such as 2026-11-23T06:00:00Z");
    }
  }
}
