package io.messina.connect.vault;

import io.github.jopenlibs.vault.SslConfig;
import io.github.jopenlibs.vault.Vault;
import io.github.jopenlibs.vault.VaultConfig;
import io.github.jopenlibs.vault.VaultException;
import io.github.jopenlibs.vault.response.AuthResponse;
import io.github.jopenlibs.vault.response.LookupResponse;
import java.net.http.HttpClient;
import java.time.Duration;
import org.apache.kafka.common.config.ConfigException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The token that we have, as long as it lasts; renewed before it ends. Not thread-safe. */
final class Login {

  private static final Logger LOG = LoggerFactory.getLogger(Login.class);

  private final Settings settings;
  private final HttpClient http;
  private Vault vault;
  private Credentials.Method method;
  // In seconds: what the token was given first, and System.nanoTime() of what is to be done.
  private long firstLease;
  private long renewAt;
  private boolean renewable;

  Login(Settings settings, HttpClient http) {
    this.settings = settings;
    this.http = http;
  }

  /** A Vault with a token, which is got when there is none. */
  Vault vault() throws VaultException {
    if (vault == null) {
      open();
    }
    return vault;
  }

  /** Forgets the token: the next request logs in anew, with the files as they are then. */
  void forget() {
    vault = null;
  }

  private void open() throws VaultException {
    Credentials who = settings.credentials();
    method = who.method();
    if (method == Credentials.Method.TOKEN) {
      Vault fresh = vault(who.token());
      lookUp(fresh);
      vault = fresh;
      return;
    }
    AuthResponse answer;
    try {
      answer = who.login(vault(""));
    } catch (VaultException e) {
      if (Answers.passing(e)) {
        throw e;
      }
      throw new ConfigException(
          "Vault at " + settings.address() + " refuses the worker's login (" + who + " at auth/"
              + who.mount() + ", " + Answers.status(e)
              + "); check the role and the files of the provider's parameters");
    }
    vault = vault(answer.getAuthClientToken());
    firstLease = answer.getAuthLeaseDuration();
    renewable = answer.isAuthRenewable();
    schedule(firstLease);
    LOG.info("Logged in to Vault by {} for {} s", who, firstLease);
  }

  /** Renews the token when two thirds of its life are over. */
  void renewIfDue() {
    if (vault == null || renewAt == Long.MAX_VALUE || System.nanoTime() - renewAt < 0) {
      return;
    }
    if (!renewable) {
      forget();
      return;
    }
    try {
      AuthResponse answer = vault.auth().renewSelf();
      long lease = answer.getAuthLeaseDuration();
      LOG.debug("Renewed the Vault token for {} s", lease);
      if (lease < firstLease / 2 && method != Credentials.Method.TOKEN) {
        // Its last life: a new one lasts longer.
        forget();
      } else {
        schedule(lease);
      }
    } catch (VaultException e) {
      LOG.warn("Vault did not renew the token ({}); logging in anew", Answers.status(e));
      forget();
    }
  }

  private void lookUp(Vault fresh) throws VaultException {
    renewAt = Long.MAX_VALUE;
    try {
      LookupResponse answer = fresh.auth().lookupSelf();
      firstLease = answer.getTTL();
      renewable = answer.isRenewable();
      if (renewable) {
        schedule(firstLease);
      }
    } catch (VaultException e) {
      if (Answers.passing(e)) {
        throw e;
      }
      LOG.warn("The Vault token can't be looked up ({}): it is not renewed", Answers.status(e));
    }
  }

  private void schedule(long leaseSeconds) {
    renewAt =
        leaseSeconds <= 0
            ? Long.MAX_VALUE
            : System.nanoTime() + Duration.ofSeconds(leaseSeconds).toNanos() / 3 * 2;
  }

  private Vault vault(String token) throws VaultException {
    int seconds = (int) Math.max(1, settings.duration(Settings.REQUEST_MS).toSeconds());
    VaultConfig config =
        new VaultConfig()
            .address(settings.address())
            .token(token)
            .engineVersion(2)
            .openTimeout(seconds)
            .readTimeout(seconds)
            // Trust is the client's; without this the driver asks a null.
            .sslConfig(new SslConfig().verify(true).build())
            .httpClient(http);
    String namespace = settings.text(Settings.NAMESPACE);
    return Vault.create(
        (namespace.isEmpty() ? config : config.nameSpace(namespace)).build());
  }
}
