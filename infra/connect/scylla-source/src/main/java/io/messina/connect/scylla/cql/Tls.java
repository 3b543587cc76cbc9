package io.messina.connect.scylla.cql;

import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.cql.RefusedException.Why;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import shaded.com.scylladb.cdc.driver3.channel.socket.SocketChannel;
import shaded.com.scylladb.cdc.driver3.driver.core.RemoteEndpointAwareJdkSSLOptions;
import shaded.com.scylladb.cdc.driver3.driver.core.SSLOptions;

/** How connections are encrypted: whom to trust, and what to show. */
final class Tls {

  private static final char[] NO_PASSWORD = new char[0];

  private final SSLContext context;
  private final boolean verifyHostname;

  private Tls(SSLContext context, boolean verifyHostname) {
    this.context = context;
    this.verifyHostname = verifyHostname;
  }

  /**
   * As it is configured; nothing where it is off.
   *
   * @throws RefusedException where a file is not what it must be
   */
  static Optional<Tls> of(SourceConfig config) {
    if (!config.tls()) {
      return Optional.empty();
    }
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          keys(config).map(KeyManagerFactory::getKeyManagers).orElse(null),
          trust(config).map(TrustManagerFactory::getTrustManagers).orElse(null),
          null);
      return Optional.of(new Tls(context, config.tlsVerifyHostname()));
    } catch (GeneralSecurityException | IOException e) {
      throw new RefusedException(
          Why.CERTIFICATE, "TLS cannot be set up with these files: " + e.getMessage(), e);
    }
  }

  /** With what Java trusts of itself. */
  static Tls trustingJava() {
    try {
      return new Tls(SSLContext.getDefault(), true);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** For the driver. */
  SSLOptions options() {
    return new Options(this);
  }

  SSLContext context() {
    return context;
  }

  /** What is asked of the other side. */
  SSLParameters parameters(SSLParameters standard) {
    if (verifyHostname) {
      standard.setEndpointIdentificationAlgorithm("HTTPS");
    }
    return standard;
  }

  private static Optional<TrustManagerFactory> trust(SourceConfig config)
      throws GeneralSecurityException, IOException {
    Optional<Path> file = config.tlsCaFile();
    if (file.isEmpty()) {
      return Optional.empty();
    }
    KeyStore store = empty();
    for (X509Certificate authority : read(Why.CA_FILE, file.get(), Pem::certificates)) {
      store.setCertificateEntry("ca-" + store.size(), authority);
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    return Optional.of(trust);
  }

  private static Optional<KeyManagerFactory> keys(SourceConfig config)
      throws GeneralSecurityException, IOException {
    if (config.tlsCertificateFile().isEmpty() || config.tlsKeyFile().isEmpty()) {
      return Optional.empty();
    }
    Path certificateFile = config.tlsCertificateFile().get();
    Path keyFile = config.tlsKeyFile().get();
    List<X509Certificate> chain =
        read(Why.CERTIFICATE_FILE, certificateFile, Pem::certificates);
    PrivateKey key = read(Why.KEY_FILE, keyFile, Pem::key);
    if (!belongTogether(chain.get(0), key)) {
      throw new RefusedException(
          Why.KEY_FILE,
          keyFile + " holds another key than that of the first certificate in " + certificateFile,
          null);
    }
    try {
      chain.get(0).checkValidity();
    } catch (GeneralSecurityException e) {
      throw new RefusedException(
          Why.CERTIFICATE_FILE,
          certificateFile
              + " is valid from "
              + chain.get(0).getNotBefore().toInstant()
              + " to "
              + chain.get(0).getNotAfter().toInstant()
              + ", which is not now; renew it",
          e);
    }
    KeyStore store = empty();
    store.setKeyEntry("client", key, NO_PASSWORD, chain.toArray(new X509Certificate[0]));
    KeyManagerFactory keys =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, NO_PASSWORD);
    return Optional.of(keys);
  }

  private static boolean belongTogether(X509Certificate certificate, PrivateKey key)
      throws GeneralSecurityException {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "EdDSA";
        };
    byte[] message = {1};
    try {
      Signature signing = Signature.getInstance(algorithm);
      signing.initSign(key);
      signing.update(message);
      byte[] signature = signing.sign();
      Signature checking = Signature.getInstance(algorithm);
      checking.initVerify(certificate.getPublicKey());
      checking.update(message);
      return checking.verify(signature);
    } catch (java.security.InvalidKeyException | java.security.SignatureException e) {
      return false;
    }
  }

  private static <T> T read(Why why, Path file, Function<Path, T> reader) {
    try {
      return reader.apply(file);
    } catch (IllegalArgumentException e) {
      throw new RefusedException(why, e.getMessage(), e);
    }
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, NO_PASSWORD);
    return store;
  }

  /** Tells the engine which node it speaks to, so that the name in the certificate counts. */
  private static final class Options extends RemoteEndpointAwareJdkSSLOptions {
    private final Tls tls;

    Options(Tls tls) {
      super(tls.context(), null);
      this.tls = tls;
    }

    @Override
    protected SSLEngine newSSLEngine(SocketChannel channel, InetSocketAddress node) {
      SSLEngine engine = tls.context().createSSLEngine(node.getHostString(), node.getPort());
      engine.setUseClientMode(true);
      engine.setSSLParameters(tls.parameters(engine.getSSLParameters()));
      return engine;
    }
  }
}
