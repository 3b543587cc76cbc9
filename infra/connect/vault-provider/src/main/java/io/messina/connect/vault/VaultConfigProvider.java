package io.messina.connect.vault;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.config.ConfigData;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.provider.ConfigProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fills {@code ${vault:mount/path:key}} in connectors' configurations from a KV v2 engine of
 * HashiCorp Vault, and restarts the connectors whose values changed there. See the room's README.
 */
public final class VaultConfigProvider implements ConfigProvider {

  private static final Logger LOG = LoggerFactory.getLogger(VaultConfigProvider.class);
  private static final Duration TICK = Duration.ofSeconds(1);

  private Settings settings;
  private VaultReader vault;
  private Cache cache;
  private Watch watch;
  private Deadlines deadlines;
  private ScheduledExecutorService timer;
  private volatile boolean lookNow;
  private long lookAt;

  @Override
  public void configure(Map<String, ?> configs) {
    // Only checks: Connect makes providers that it never asks, to read its own configuration.
    settings = Settings.of(configs, System.getenv());
    if (!Charset.defaultCharset().equals(StandardCharsets.UTF_8)) {
      // The driver reads answers by it.
      throw new ConfigException(
          "the Vault provider needs a JVM whose charset is UTF-8; this one's is "
              + Charset.defaultCharset() + ": add -Dfile.encoding=UTF-8 to KAFKA_OPTS");
    }
  }

  @Override
  public ConfigData get(String path) {
    SecretPath where = SecretPath.of(path);
    Secret secret = read(where);
    return data(where, secret, secret.all());
  }

  @Override
  public ConfigData get(String path, Set<String> keys) {
    SecretPath where = SecretPath.of(path);
    try {
      Secret secret = read(where);
      return data(where, secret, secret.only(keys));
    } catch (ConfigException | VaultUnavailableException e) {
      if (watch != null) {
        watch.noteRefused(where, keys);
      }
      throw e;
    }
  }

  private Secret read(SecretPath path) {
    start();
    return cache.read(path);
  }

  private ConfigData data(SecretPath path, Secret secret, Map<String, String> values) {
    if (watch.note(path, values.keySet(), secret)) {
      lookNow = true;
    }
    return new ConfigData(values, deadlines.next(path, System.nanoTime()));
  }

  private synchronized void start() {
    if (settings == null) {
      throw new ConfigException("the Vault provider was not configured");
    }
    if (timer != null) {
      return;
    }
    vault = new VaultReader(settings);
    cache =
        new Cache(
            vault, settings.duration(Settings.CACHE_MS), settings.duration(Settings.OUTAGE_MS));
    deadlines = new Deadlines(settings.duration(Settings.TTL_MS));
    Connectors connectors =
        settings.connect() == null
            ? null
            : new ConnectRest(settings.connect(), settings.text(Settings.WORKER_ID));
    watch = new Watch(cache::renew, connectors);
    timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "vault-config-provider");
              thread.setDaemon(true);
              return thread;
            });
    lookAt = System.nanoTime() + settings.duration(Settings.POLL_MS).toNanos();
    timer.scheduleWithFixedDelay(
        this::tick, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void tick() {
    try {
      vault.renewIfDue();
      if (lookNow || System.nanoTime() - lookAt >= 0) {
        lookNow = false;
        watch.look();
        lookAt = System.nanoTime() + settings.duration(Settings.POLL_MS).toNanos();
      }
      if (watch.owed() > 0) {
        watch.restart();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      // Not its message: whose that is, we don't know. The next tick tries again.
      LOG.error("Watching secrets failed: {}", e.getClass().getName());
    }
  }

  @Override
  public synchronized void close() {
    if (timer != null) {
      timer.shutdownNow();
      timer = null;
    }
  }
}
