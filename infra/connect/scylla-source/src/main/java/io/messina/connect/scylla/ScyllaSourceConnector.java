package io.messina.connect.scylla;

import io.messina.connect.scylla.offset.Micros;
import io.messina.connect.scylla.offset.SliceId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.ConnectorTransactionBoundaries;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;

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

  /** Finds all that is wrong with the values and between them, and asks the database. */
  @Override
  public Config validate(Map<String, String> given) {
    return Validation.of(given, super.validate(given));
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
    // offsets can be altered where a secret is gone, which a connector that runs would miss
    List<String> problems =
        OffsetChecks.problems(SourceConfig.lenient(given), offsets, Micros.now());
    if (!problems.isEmpty()) {
      throw new ConnectException(
          "No offset was altered. "
              + String.join("; ", problems)
              + ". Correct them and send all again.");
    }
    return true;
  }
}
