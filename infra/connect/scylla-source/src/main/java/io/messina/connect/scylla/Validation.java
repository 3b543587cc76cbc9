package io.messina.connect.scylla;

import io.messina.connect.scylla.cql.CqlSession;
import io.messina.connect.scylla.cql.Reason;
import io.messina.connect.scylla.cql.RefusedException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigValue;
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.DriverException;

/** Finds everything that is wrong with a configuration, in one go. */
final class Validation {

  /** What the settings that must be given are taken for where they are wrong. */
  private static final Map<String, String> PLACEHOLDERS =
      Map.of(
          Settings.TOPIC_PREFIX, "unknown",
          Settings.TABLES, "unknown.unknown",
          Settings.SLICES, "4096",
          Settings.CONTACT_POINTS, "unknown:1");

  /** What must be right before the database can be asked. */
  private static final Set<String> TO_CONNECT =
      Set.of(
          Settings.CONTACT_POINTS,
          Settings.LOCAL_DATACENTER,
          Settings.CONNECT_TIMEOUT,
          Settings.REQUEST_TIMEOUT,
          Settings.USER,
          Settings.PASSWORD,
          Settings.TLS,
          Settings.TLS_CA,
          Settings.TLS_CERTIFICATE,
          Settings.TLS_KEY,
          Settings.TLS_VERIFY_HOSTNAME);

  /** How our settings begin; what else is given belongs to Connect. */
  private static final List<String> OURS =
      List.of(
          "scylla.", "columns.", "mask.", "signals.", "gaps.", "retry.", "watermarks.", "task.",
          "table.", "window.", "confidence.", "safe.", "read.", "max.row.", "kafka.");

  private static final String TASKS_MAX = "tasks.max";
  private static final String TOLERANCE = "errors.tolerance";

  private final Map<String, String> given;
  private final Map<String, ConfigValue> values = new LinkedHashMap<>();

  private Validation(Map<String, String> given, Collection<ConfigValue> values) {
    this.given = given;
    values.forEach(value -> this.values.put(value.name(), value));
  }

  /**
   * All errors of a configuration.
   *
   * @param single what each setting's own check has found
   */
  static Config of(Map<String, String> given, Config single) {
    Validation validation = new Validation(given, single.configValues());
    validation.unknown();
    SourceConfig config = SourceConfig.lenient(validation.right());
    validation.rules(config);
    validation.tasks(config);
    validation.tolerance();
    validation.database(config);
    return new Config(new ArrayList<>(validation.values.values()));
  }

  /** A setting that is misspelled would otherwise not count, and nobody would know. */
  private void unknown() {
    for (String name : given.keySet()) {
      boolean ours = OURS.stream().anyMatch(name::startsWith);
      if (ours && !values.containsKey(name) && !name.startsWith(Settings.KAFKA_CONSUMER)) {
        wrong(name, "there is no such setting; the README of the connector names all");
      }
    }
  }

  /** The settings that are right, and something harmless in place of others. */
  private Map<String, String> right() {
    Map<String, String> right = new HashMap<>(given);
    right.keySet().removeIf(this::isWrong);
    PLACEHOLDERS.forEach(right::putIfAbsent);
    return right;
  }

  private void rules(SourceConfig config) {
    Rules.broken(config).stream()
        .filter(rule -> !isWrong(rule.setting()) && rule.others().stream().noneMatch(this::isWrong))
        .toList()
        .forEach(rule -> wrong(rule.setting(), rule.message()));
  }

  private void tasks(SourceConfig config) {
    if (given.containsKey(Settings.TASK_SLICES)) {
      wrong(Settings.TASK_SLICES, "is set by the connector for each task; leave it out");
    }
    int slices = config.slices() * config.tables().size();
    String tasks = given.getOrDefault(TASKS_MAX, "1");
    boolean known = !isWrong(Settings.SLICES) && !isWrong(Settings.TABLES);
    if (known && tasks.matches("\\d{1,9}") && Integer.parseInt(tasks) > slices) {
      wrong(
          Settings.SLICES,
          TASKS_MAX
              + " is "
              + tasks
              + ", but there are only "
              + slices
              + " slices to deal out ("
              + config.tables().size()
              + " tables x "
              + config.slices()
              + "); lower "
              + TASKS_MAX
              + " to "
              + slices);
    }
  }

  /** Connect would drop what it can't convert, and commit the offsets behind it. */
  private void tolerance() {
    if ("all".equals(given.get(TOLERANCE))) {
      wrong(TOLERANCE, "must be none: a record that cannot be converted would be lost");
    }
  }

  private void database(SourceConfig config) {
    if (TO_CONNECT.stream().anyMatch(this::isWrong)) {
      return;
    }
    try (CqlSession session = CqlSession.connect(config)) {
      if (!isWrong(Settings.TABLES)) {
        TableChecks.faults(session, config)
            .forEach(fault -> wrong(fault.setting(), fault.message()));
      }
    } catch (RefusedException e) {
      wrong(e.why().setting(), e.getMessage());
    } catch (DriverException | IllegalArgumentException e) {
      wrong(
          Settings.CONTACT_POINTS,
          "the database cannot be asked about the tables: "
              + Reason.of(e)
              + "; see that it runs and can be reached from the Connect workers");
    }
  }

  private boolean isWrong(String name) {
    ConfigValue value = values.get(name);
    return value != null && !value.errorMessages().isEmpty();
  }

  private void wrong(String name, String message) {
    values.computeIfAbsent(name, ConfigValue::new).addErrorMessage(message);
  }
}
