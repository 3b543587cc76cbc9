package io.messina.connect.jdbc.sink;

import io.debezium.connector.jdbc.JdbcSinkConnector;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.types.Password;

/** Messina's settings of a sink, besides Debezium's, which all hold. */
final class SinkSettings extends AbstractConfig {

  static final String REGISTRY_URL = "registry.url";
  static final String REGISTRY_USER = "registry.user";
  static final String REGISTRY_PASSWORD = "registry.password";
  static final String REGISTRY_CA = "registry.ca.file";
  static final String REGISTRY_TIMEOUT = "registry.timeout.ms";
  static final String RENAMES = "columns.rename";
  static final String BACKOFF_MAX = "retry.backoff.max.ms";
  static final String CLAIMS = "claims.table";
  static final String REJECTED_MAX = "rejected.in.a.row.max";

  private static final String REGISTRY = "Registry";
  private static final String FAILURES = "Failures";

  SinkSettings(Map<String, String> properties) {
    super(own(), properties, false);
  }

  /** Debezium's settings and ours. */
  static ConfigDef all() {
    ConfigDef all = new ConfigDef(new JdbcSinkConnector().config());
    own().configKeys().values().forEach(all::define);
    return all;
  }

  private static ConfigDef own() {
    return new ConfigDef()
        .define(
            REGISTRY_URL,
            Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            Importance.HIGH,
            "The root of the schema registry's API, as Confluent's and Apicurio's have it.",
            REGISTRY,
            1,
            ConfigDef.Width.LONG,
            "Registry")
        .define(REGISTRY_USER, Type.STRING, null, Importance.MEDIUM, "Its user; none: nobody.")
        .define(REGISTRY_PASSWORD, Type.PASSWORD, null, Importance.MEDIUM, "The user's password.")
        .define(
            REGISTRY_CA,
            Type.STRING,
            null,
            Importance.MEDIUM,
            "PEM file with the authorities to trust, on every worker; none: those that Java trusts.")
        .define(
            REGISTRY_TIMEOUT,
            Type.INT,
            5_000,
            Range.atLeast(1),
            Importance.LOW,
            "How long the registry may take to answer, in milliseconds.")
        .define(
            RENAMES,
            Type.STRING,
            "",
            Importance.MEDIUM,
            "What columns are called in Postgres, as topic:column:name,…")
        .define(
            CLAIMS,
            Type.STRING,
            "",
            Importance.MEDIUM,
            "The table in which tasks claim partitions before they write, as schema.table: one that"
                + " stood still can't write over what the next owner wrote. None: it can.")
        .define(
            BACKOFF_MAX,
            Type.INT,
            5_000,
            Range.atLeast(1),
            Importance.LOW,
            "The longest pause before a batch is tried again, in milliseconds; pauses are random and"
                + " grow up to it.",
            FAILURES,
            1,
            ConfigDef.Width.SHORT,
            "Longest pause")
        .define(
            REJECTED_MAX,
            Type.INT,
            1_000,
            Range.atLeast(1),
            Importance.MEDIUM,
            "After so many records that Postgres rejects with none that it takes between them, it is"
                + " not the records: the task fails.",
            FAILURES,
            2,
            ConfigDef.Width.SHORT,
            "Rejected in a row");
  }

  String password(String name) {
    Password password = getPassword(name);
    return password == null ? null : password.value();
  }
}
