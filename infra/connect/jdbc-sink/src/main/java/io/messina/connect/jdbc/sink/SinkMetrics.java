package io.messina.connect.jdbc.sink;

import java.util.LinkedHashMap;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.sink.SinkTaskContext;

/** What a task counts, as metrics of the worker (KIP-877): group {@code plugins}. */
final class SinkMetrics {

  private volatile long written;
  private volatile long rejected;
  private volatile long retries;
  private volatile int waiting;
  private volatile String reason = "";

  private SinkMetrics() {}

  static SinkMetrics of(SinkTaskContext context) {
    SinkMetrics metrics = new SinkMetrics();
    PluginMetrics plugins = context.pluginMetrics();
    if (plugins != null) {
      metrics.gauge(plugins, "written-total", "Records that were written.", () -> metrics.written);
      metrics.gauge(plugins, "rejected-total", "Records in the dead letters.", () -> metrics.rejected);
      metrics.gauge(plugins, "retries-total", "Batches that were tried again.", () -> metrics.retries);
      metrics.gauge(plugins, "waiting", "1 while a batch waits to be tried again.", () -> metrics.waiting);
      metrics.gauge(plugins, "waiting-reason", "What it waits for.", () -> metrics.reason);
    }
    return metrics;
  }

  private <T> void gauge(PluginMetrics plugins, String name, String meaning, java.util.function.Supplier<T> value) {
    LinkedHashMap<String, String> tags = new LinkedHashMap<>();
    MetricName metric = plugins.metricName(name, meaning, tags);
    plugins.addMetric(metric, (Gauge<T>) (config, now) -> value.get());
  }

  void written(long more, long rejectedMore) {
    written += more;
    rejected += rejectedMore;
  }

  void retried(String why) {
    retries++;
    waiting = 1;
    reason = why;
  }

  void recovered() {
    waiting = 0;
    reason = "";
  }
}
