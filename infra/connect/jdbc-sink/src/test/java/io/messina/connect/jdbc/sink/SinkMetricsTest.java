package io.messina.connect.jdbc.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.junit.jupiter.api.Test;

class SinkMetricsTest {

  private final Map<String, Gauge<?>> gauges = new LinkedHashMap<>();
  private boolean taken;

  private SinkMetrics metrics() {
    Object plugins =
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {PluginMetrics.class},
            (self, method, arguments) -> {
              if (method.getName().equals("metricName")) {
                return new MetricName((String) arguments[0], "plugins", "", Map.of());
              }
              if (taken) {
                throw new IllegalArgumentException("exists already");
              }
              gauges.put(((MetricName) arguments[0]).name(), (Gauge<?>) arguments[1]);
              return null;
            });
    return SinkMetrics.of(
        (SinkTaskContext)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {SinkTaskContext.class},
                (self, method, arguments) -> plugins));
  }

  private Object value(String name) {
    return gauges.get(name).value(null, 0);
  }

  /** While a batch waits the metrics say so, and why; then no more. */
  @Test
  void aWaitIsShownWithItsReason() {
    SinkMetrics metrics = metrics();
    metrics.retried("the registry does not answer");
    metrics.retried("the registry does not answer");
    assertEquals(1, value("waiting"));
    assertEquals("the registry does not answer", value("waiting-reason"));
    assertEquals(2L, value("retries-total"));
    metrics.recovered();
    assertEquals(0, value("waiting"));
    assertEquals("", value("waiting-reason"));
    assertEquals(2L, value("retries-total"));
  }

  /** Names that a task before still holds fail nobody; once they are free, the metrics show. */
  @Test
  void namesThatAreTakenAreWaitedFor() throws InterruptedException {
    taken = true;
    SinkMetrics metrics = metrics();
    metrics.written(5, 0);
    assertEquals(Map.of(), gauges);
    taken = false;
    Thread.sleep(1_100);
    metrics.written(1, 0);
    assertEquals(6L, value("written-total"));
    assertEquals(5, gauges.size());
  }

  /** What was written and what was rejected is counted. */
  @Test
  void recordsAreCounted() {
    SinkMetrics metrics = metrics();
    metrics.written(5, 0);
    metrics.written(2, 1);
    assertEquals(7L, value("written-total"));
    assertEquals(1L, value("rejected-total"));
  }
}
