package io.messina.connect.jdbc.sink;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.apache.kafka.common.config.ConfigException;

/** Whom to trust, by a PEM file. */
final class Authorities {

  private Authorities() {}

  /**
   * Returns what trusts the authorities of a file; null for none.
   *
   * @throws ConfigException if it can't be read
   */
  static SSLContext of(String file) {
    if (file == null || file.isBlank()) {
      return null;
    }
    try (InputStream input = new BufferedInputStream(Files.newInputStream(Path.of(file)))) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int count = 0;
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(input)) {
        store.setCertificateEntry("authority-" + count++, one);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new ConfigException(SinkSettings.REGISTRY_CA, file, "can't be read: " + e.getMessage());
    }
  }
}
