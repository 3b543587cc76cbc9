package io.messina.connect.scylla;

import io.messina.connect.scylla.cql.CqlSession;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.ConnectorTransactionBoundaries;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.AuthenticationException;
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.DriverException;

/**
 * Carries changes of ScyllaDB tables: the CDC log says which rows changed, the tables say to what.
 */
public final class ScyllaSourceConnector extends SourceConnector {

  private SourceConfig config;
  private Map<String, String> settings;

  @Override
  public String version() {
    return Version.get();
  }

  @Override
  public ConfigDef config() {
    return SourceConfig.DEFINITION;
  }

  @Override
  public void start(Map<String, String> given) {
    config = new SourceConfig(given);
    settings = Map.copyOf(given);
  }

  @Override
  public void stop() {
    config = null;
  }

  @Override
  public Class<? extends Task> taskClass() {
    return ScyllaSourceTask.class;
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    List<Map<String, String>> tasks = new ArrayList<>();
    for (List<SliceId> slices : Assignment.of(config.tables(), config.slices(), maxTasks)) {
      Map<String, String> task = new HashMap<>(settings);
      task.put(
          Settings.TASK_SLICES,
          slices.stream().map(SliceId::toString).collect(Collectors.joining(",")));
      tasks.add(task);
    }
    return tasks;
  }

  /** Checks the values, then, where they are fine, asks the database about the tables. */
  @Override
  public Config validate(Map<String, String> given) {
    Config result = super.validate(given);
    boolean fine =
        result.configValues().stream().allMatch(value -> value.errorMessages().isEmpty());
    if (fine) {
      try {
        checkTables(result, new SourceConfig(given));
      } catch (org.apache.kafka.common.config.ConfigException e) {
        value(result, Settings.SAFE_CONFIDENCE).addErrorMessage(e.getMessage());
      }
    }
    return result;
  }

  private static void checkTables(Config result, SourceConfig config) {
    try (CqlSession session = CqlSession.connect(config)) {
      TableChecks.faults(session, config.tables())
          .forEach(value(result, Settings.TABLES)::addErrorMessage);
    } catch (AuthenticationException e) {
      value(result, Settings.USER)
          .addErrorMessage("the CQL server refused the user: " + e.getMessage());
    } catch (DriverException | IllegalArgumentException e) {
      value(result, Settings.CONTACT_POINTS)
          .addErrorMessage("the CQL server cannot be asked about the tables: " + e.getMessage());
    }
  }

  private static ConfigValue value(Config result, String name) {
    return result.configValues().stream()
        .filter(v -> v.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public ExactlyOnceSupport exactlyOnceSupport(Map<String, String> given) {
    return ExactlyOnceSupport.SUPPORTED;
  }

  @Override
  public ConnectorTransactionBoundaries canDefineTransactionBoundaries(Map<String, String> given) {
    return ConnectorTransactionBoundaries.SUPPORTED;
  }

  /**
   * Accepts offsets that a task could have written, for slices that this connector has; null clears
   * one.
   */
  @Override
  public boolean alterOffsets(
      Map<String, String> given, Map<Map<String, ?>, Map<String, ?>> offsets) {
    SourceConfig current = new SourceConfig(given);
    offsets.forEach(
        (partition, offset) -> {
          try {
            SliceId slice = SliceId.fromMap(partition);
            if (offset != null) {
              checkOwned(current, slice);
              SliceOffset.fromMap(offset);
            }
          } catch (IllegalArgumentException e) {
            throw new ConnectException("Offsets were not altered: " + e.getMessage(), e);
          }
        });
    return true;
  }

  private static void checkOwned(SourceConfig config, SliceId slice) {
    if (!config.tables().contains(slice.table())
        || slice.slice() < 0
        || slice.slice() >= config.slices()) {
      throw new IllegalArgumentException(
          "the connector has no slice "
              + slice
              + " (tables "
              + config.tables()
              + ", slices "
              + config.slices()
              + ")");
    }
  }
}
