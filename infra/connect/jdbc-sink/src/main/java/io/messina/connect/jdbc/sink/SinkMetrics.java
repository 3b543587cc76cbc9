package io.messina.connect.jdbc.sink;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a task counts, as metrics of the worker (KIP-877): group {@code plugins}.
 *
 * <p>A worker that lost its broker for a while starts a task anew while the one before still hangs
 * and holds their names. Metrics are no reason to fail: they are shown once the names are free.
 */
final class SinkMetrics {

  private static final Logger LOG = LoggerFactory.getLogger(SinkMetrics.class);
  private static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final PluginMetrics plugins;
  private final List<Runnable> hidden = new ArrayList<>();
  private volatile long written;
  private volatile long rejected;
  private volatile long retries;
  private volatile int waiting;
  private volatile String reason = "";
  private long tried;

  private SinkMetrics(PluginMetrics plugins) {
    this.plugins = plugins;
  }

  static SinkMetrics of(SinkTaskContext context) {
    SinkMetrics metrics = new SinkMetrics(context.pluginMetrics());
    if (metrics.plugins != null) {
      metrics.gauge("written-total", "Records that were written.", () -> metrics.written);
      metrics.gauge("rejected-total", "Records in the dead letters.", () -> metrics.rejected);
      metrics.gauge("retries-total", "Batches that were tried again.", () -> metrics.retries);
      metrics.gauge(
          "waiting", "1 while a batch waits to be tried again.", () -> metrics.waiting);
      metrics.gauge("waiting-reason", "What it waits for.", () -> metrics.reason);
      metrics.show();
    }
    return metrics;
  }

  private <T> void gauge(String name, String meaning, Supplier<T> value) {
    hidden.add(
        () -> {
          MetricName metric = plugins.metricName(name, meaning, new LinkedHashMap<>());
          plugins.addMetric(metric, (Gauge<T>) (config, now) -> value.get());
        });
  }

  private void show() {
    if (hidden.isEmpty() || (tried != 0 && System.nanoTime() - tried < AGAIN_NANOS)) {
      return;
    }
    tried = System.nanoTime();
    try {
      while (!hidden.isEmpty()) {
        hidden.get(0).run();
        hidden.remove(0);
      }
    } catch (IllegalArgumentException | IllegalStateException e) {
      LOG.warn("Metrics are not shown yet: {}", e.getMessage());
    }
  }

  void written(long more, long rejectedMore) {
    written += more;
    rejected += rejectedMore;
    show();
  }

  void retried(String why) {
    retries++;
    waiting = 1;
    reason = why;
    show();
  }

  void recovered() {
    waiting = 0;
    reason = "";
  }
}
