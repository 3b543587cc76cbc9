package io.messina.connect.scylla;

import io.messina.connect.scylla.cql.ColumnId;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.offset.Micros;
import io.messina.connect.scylla.offset.SliceId;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import shaded.com.scylladb.cdc.driver3.driver.core.ConsistencyLevel;

/** The connector's settings, read; {@link Settings} has their names and meanings. */
public final class SourceConfig extends AbstractConfig {

  /** The definition that {@code /connector-plugins} and the README show. */
  public static final ConfigDef DEFINITION = Settings.definition();

  /** What becomes of a table that was dropped and created again. */
  public enum Recreated {
    /** It stops, with an error that says how to go on. */
    STOP,
    /** It goes on, with a gap over each whole slice. */
    HEAL
  }

  /** Takes the settings, or throws a ConfigException that names what is wrong. */
  public SourceConfig(Map<String, String> settings) {
    super(DEFINITION, settings, false);
    List<Rules.Broken> broken = Rules.broken(this);
    if (!broken.isEmpty()) {
      throw new ConfigException(
          broken.stream().map(Rules.Broken::toString).collect(Collectors.joining("; ")));
    }
  }

  /** Without a look at rules that join several settings. */
  private SourceConfig(Map<String, String> settings, boolean lenient) {
    super(DEFINITION, settings, false);
  }

  /** Takes settings whose values are fine each by itself; rules between them may be broken. */
  static SourceConfig lenient(Map<String, String> settings) {
    return new SourceConfig(settings, true);
  }

  /** The pipeline's name. */
  public String topicPrefix() {
    return getString(Settings.TOPIC_PREFIX);
  }

  /** The tables to carry. */
  public List<TableId> tables() {
    return getList(Settings.TABLES).stream().map(TableId::parse).toList();
  }

  /** How many slices there are. */
  public int slices() {
    return getInt(Settings.SLICES);
  }

  /** Where a table without offsets begins, or nothing for "now". */
  public OptionalLong start() {
    String start = getString(Settings.START);
    return start.equals(Settings.NOW)
        ? OptionalLong.empty()
        : OptionalLong.of(Micros.parse(start));
  }

  /** What becomes of a table that was dropped and created again. */
  public Recreated tableRecreated() {
    return getString(Settings.TABLE_RECREATED).equals("heal") ? Recreated.HEAL : Recreated.STOP;
  }

  /** The nodes to ask first. */
  public List<InetSocketAddress> contactPoints() {
    return getList(Settings.CONTACT_POINTS).stream().map(Values::address).toList();
  }

  /** The datacenter to read in, or an empty text. */
  public String localDatacenter() {
    return getString(Settings.LOCAL_DATACENTER);
  }

  /** Consistency of log and row reads. */
  public ConsistencyLevel consistency() {
    return ConsistencyLevel.valueOf(getString(Settings.CONSISTENCY));
  }

  /** The weakest consistency of the tables' writers. */
  public ConsistencyLevel writeConsistency() {
    return ConsistencyLevel.valueOf(getString(Settings.WRITE_CONSISTENCY));
  }

  /** How long opening a connection may take. */
  public int connectTimeoutMillis() {
    return getInt(Settings.CONNECT_TIMEOUT);
  }

  /** How long a node may take to answer. */
  public int requestTimeoutMillis() {
    return getInt(Settings.REQUEST_TIMEOUT);
  }

  /** The user, or an empty text. */
  public String user() {
    return getString(Settings.USER);
  }

  /** The user's password. */
  public String password() {
    return getPassword(Settings.PASSWORD).value();
  }

  /** Whether connections use TLS. */
  public boolean tls() {
    return getBoolean(Settings.TLS);
  }

  /** The authorities to trust; nothing for Java's own. */
  public Optional<Path> tlsCaFile() {
    return file(Settings.TLS_CA);
  }

  /** The client's certificate. */
  public Optional<Path> tlsCertificateFile() {
    return file(Settings.TLS_CERTIFICATE);
  }

  /** The private key of the client's certificate. */
  public Optional<Path> tlsKeyFile() {
    return file(Settings.TLS_KEY);
  }

  /** Whether a node's certificate must name its address. */
  public boolean tlsVerifyHostname() {
    return getBoolean(Settings.TLS_VERIFY_HOSTNAME);
  }

  /** All columns that are left out. */
  public Set<ColumnId> excludedColumns() {
    return columns(Settings.EXCLUDE);
  }

  /** All columns that are named because they, and no others of their tables, are carried. */
  public Set<ColumnId> includedColumns() {
    return columns(Settings.INCLUDE);
  }

  /** Which columns of a table are carried, by their names, besides those of its key. */
  public Predicate<String> carriedColumns(TableId table) {
    Set<String> included = names(includedColumns(), table);
    Set<String> excluded = names(excludedColumns(), table);
    return name ->
        (included.isEmpty() || included.contains(name)) && !excluded.contains(name);
  }

  /** All columns of which a keyed hash is carried. */
  public Set<ColumnId> hmacColumns() {
    return columns(Settings.MASK_HMAC);
  }

  /** The names of a table's columns of which a keyed hash is carried. */
  public Set<String> hmacColumns(TableId table) {
    return names(hmacColumns(), table);
  }

  /** All columns that are carried as null. */
  public Set<ColumnId> nullColumns() {
    return columns(Settings.MASK_NULL);
  }

  /** The names of a table's columns that are carried as null. */
  public Set<String> nullColumns(TableId table) {
    return names(nullColumns(), table);
  }

  /** The key of the hashes; empty where no column needs it. */
  public String maskKey() {
    return getPassword(Settings.MASK_KEY).value();
  }

  /** The shortest window of a round. */
  public long windowMicros() {
    return TimeUnit.MILLISECONDS.toMicros(getLong(Settings.WINDOW));
  }

  /** How old a window is at the first look. */
  public long confidenceMicros() {
    return TimeUnit.MILLISECONDS.toMicros(getLong(Settings.CONFIDENCE));
  }

  /** How old a window is at the second look. */
  public long safeConfidenceMicros() {
    return TimeUnit.MILLISECONDS.toMicros(getLong(Settings.SAFE_CONFIDENCE));
  }

  /** Reads in flight at most. */
  public int readConcurrency() {
    return getInt(Settings.READ_CONCURRENCY);
  }

  /** The largest row that is carried. */
  public int maxRowBytes() {
    return getInt(Settings.MAX_ROW_BYTES);
  }

  /** How long a failing read is tried again. */
  public long retryTimeoutMillis() {
    return getLong(Settings.RETRY_TIMEOUT);
  }

  /** The longest pause between two tries. */
  public long retryBackoffMaxMillis() {
    return getLong(Settings.RETRY_BACKOFF_MAX);
  }

  /** The brokers as Kafka's clients want them; empty where signals are off. */
  public String kafkaBootstrapServers() {
    return String.join(",", getList(Settings.KAFKA_BOOTSTRAP));
  }

  /** Whether the task may read topics itself. */
  public boolean hasKafka() {
    return !getList(Settings.KAFKA_BOOTSTRAP).isEmpty();
  }

  /** The registry that is waited for; empty for none. */
  public String registryUrl() {
    return getString(Settings.REGISTRY_URL);
  }

  /** What was given for the consumer, without the prefix; values may be secret. */
  public Map<String, Object> kafkaConsumer() {
    return originalsWithPrefix(Settings.KAFKA_CONSUMER);
  }

  /** The topic of the watermarks. */
  public String watermarksTopic() {
    return topic(Settings.WATERMARKS_TOPIC, ".watermarks");
  }

  /** The topic of the gaps. */
  public String gapsTopic() {
    return topic(Settings.GAPS_TOPIC, ".gaps");
  }

  /** The topic that signals are read from. */
  public String signalsTopic() {
    return topic(Settings.SIGNALS_TOPIC, ".signals");
  }

  /** The topic that says which signals are done. */
  public String signalsDoneTopic() {
    return topic(Settings.SIGNALS_DONE_TOPIC, ".signals.done");
  }

  /** Rows a second for signals, at most. */
  public int signalsRowsPerSecond() {
    return getInt(Settings.SIGNALS_RATE);
  }

  /** The slices of this task. */
  public List<SliceId> taskSlices() {
    return getList(Settings.TASK_SLICES).stream().map(SliceId::parse).toList();
  }

  private String topic(String name, String suffix) {
    String topic = getString(name);
    return topic.isEmpty() ? topicPrefix() + suffix : topic;
  }

  private Optional<Path> file(String name) {
    String file = getString(name);
    return file.isEmpty() ? Optional.empty() : Optional.of(Path.of(file));
  }

  private Set<ColumnId> columns(String name) {
    return getList(name).stream().map(ColumnId::parse).collect(Collectors.toUnmodifiableSet());
  }

  private static Set<String> names(Set<ColumnId> columns, TableId table) {
    Set<String> names = new HashSet<>();
    for (ColumnId column : columns) {
      if (column.table().equals(table)) {
        names.add(column.name());
      }
    }
    return Set.copyOf(names);
  }
}
