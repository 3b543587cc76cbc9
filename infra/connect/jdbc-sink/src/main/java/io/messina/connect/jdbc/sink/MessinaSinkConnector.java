package io.messina.connect.jdbc.sink;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/** The sink connector; see {@link MessinaSinkTask}. */
public final class MessinaSinkConnector extends SinkConnector {

  static final String VERSION = "0.1.0";

  private Map<String, String> properties = Map.of();

  @Override
  public String version() {
    return VERSION;
  }

  @Override
  public void start(Map<String, String> given) {
    new SinkSettings(given);
    properties = Map.copyOf(given);
  }

  @Override
  public Class<? extends Task> taskClass() {
    return MessinaSinkTask.class;
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    List<Map<String, String>> configs = new ArrayList<>();
    for (int task = 0; task < maxTasks; task++) {
      Map<String, String> one = new HashMap<>(properties);
      one.put("task.id", Integer.toString(task));
      configs.add(one);
    }
    return configs;
  }

  @Override
  public void stop() {
    // It has nothing open.
  }

  @Override
  public ConfigDef config() {
    return SinkSettings.all();
  }
}
