package io.messina.connect.vault;

import io.github.jopenlibs.vault.VaultException;
import io.github.jopenlibs.vault.json.JsonObject;
import io.github.jopenlibs.vault.json.JsonValue;
import io.github.jopenlibs.vault.response.LogicalResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads a KV v2 engine; tries again for a bounded time, and logs in again once when refused. */
final class VaultReader implements SecretReader {

  private static final Logger LOG = LoggerFactory.getLogger(VaultReader.class);
  private static final long FIRST_PAUSE_MS = 100;
  private static final long LONGEST_PAUSE_MS = 2_000;
  // After a time of trying in vain, the next ones ask once only: Connect's herder waits for us.
  private static final long IMPATIENT_NANOS = Duration.ofSeconds(15).toNanos();

  private final Settings settings;
  private final Login login;
  private final Duration bound;
  private long impatientUntil = System.nanoTime();

  VaultReader(Settings settings) {
    this.settings = settings;
    this.bound = settings.duration(Settings.RETRY_MS);
    this.login =
        new Login(
            settings,
            Trust.client(
                settings.text(Settings.CA), settings.duration(Settings.REQUEST_MS)));
  }

  @Override
  public synchronized Secret read(SecretPath path) {
    long end = System.nanoTime() + bound.toNanos();
    if (System.nanoTime() - impatientUntil < 0) {
      end = System.nanoTime();
    }
    long pause = FIRST_PAUSE_MS;
    while (true) {
      String problem;
      try {
        Secret found = readOrLogIn(path);
        impatientUntil = System.nanoTime();
        return found;
      } catch (VaultException e) {
        problem = Answers.status(e);
      }
      // Between half of it and all: who waits together does not come back together.
      long wait = pause / 2 + (long) (Math.random() * pause / 2);
      if (System.nanoTime() + Duration.ofMillis(wait).toNanos() - end >= 0) {
        impatientUntil = System.nanoTime() + IMPATIENT_NANOS;
        throw new VaultUnavailableException(
            "Vault at " + settings.address() + " does not serve " + path + " (" + problem
                + "); it was tried for " + bound.toMillis()
                + " ms. When it is back (vault status), restart the connector");
      }
      LOG.debug("Vault does not serve {} ({}); trying again in {} ms", path, problem, wait);
      sleep(wait);
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    }
  }

  /** Renews the login when that is due. */
  synchronized void renewIfDue() {
    login.renewIfDue();
  }

  private Secret readOrLogIn(SecretPath path) throws VaultException {
    LogicalResponse answer = login.vault().logical().read(path.toString());
    if (answer.getRestResponse().getStatus() == 403) {
      // The token's life may have ended, or its file may have a new one.
      login.forget();
      answer = login.vault().logical().read(path.toString());
    }
    int status = answer.getRestResponse().getStatus();
    if (Answers.passing(status)) {
      throw new VaultException("not now", status);
    }
    return secret(path, status, answer);
  }

  private Secret secret(SecretPath path, int status, LogicalResponse answer) {
    String where = "Vault at " + settings.address();
    if (status == 403) {
      throw new ConfigException(
          where + " does not let the worker read " + path + "; it needs a policy: path \""
              + path.mount() + "/data/" + path.path() + "\" { capabilities = [\"read\"] }");
    }
    JsonObject data = answer.getDataObject();
    String version = answer.getDataMetadata().getMetadataMap().get("version");
    if (status == 404) {
      throw new ConfigException(
          where + " has nothing at " + path.path() + " in a KV v2 engine at " + path.mount()
              + ", or its newest version was deleted (vault kv get -mount=" + path.mount() + " "
              + path.path() + ")");
    }
    if (status != 200 || data == null || version == null) {
      throw new ConfigException(
          where + " answers for " + path + " as no KV v2 engine does (HTTP " + status
              + "; vault secrets list -detailed)");
    }
    Map<String, String> values = new HashMap<>();
    for (JsonObject.Member member : data) {
      JsonValue value = member.getValue();
      if (value != null && value.isString()) {
        values.put(member.getName(), value.asString());
      }
    }
    return new Secret(path, Long.parseLong(version), values);
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VaultUnavailableException("waiting for Vault was interrupted");
    }
  }
}
