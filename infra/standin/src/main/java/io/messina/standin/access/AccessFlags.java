package io.messina.standin.access;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/**
 * The flags of access, all of them system properties.
 *
 * @param user who may log in, or null when everybody may do everything
 * @param passwordFile the file with the user's password
 * @param certificate the server's certificate and its chain in PEM, or null for no TLS
 * @param key the certificate's private key in PEM, PKCS #8
 * @param keystore a Java keystore with certificate and key, in the place of the two
 * @param keystorePasswordFile the file with the keystore's password
 * @param ca the certificates in PEM of who signs for clients, or null when clients need none
 */
public record AccessFlags(
    String user,
    Path passwordFile,
    Path certificate,
    Path key,
    Path keystore,
    Path keystorePasswordFile,
    Path ca) {

  private static final String PREFIX = "messina.standin.";

  /** Reads the flags, and refuses what does not go together. */
  public static AccessFlags read(Properties properties) {
    AccessFlags flags =
        new AccessFlags(
            properties.getProperty(PREFIX + "user"),
            path(properties, "password.file"),
            path(properties, "tls.certificate"),
            path(properties, "tls.key"),
            path(properties, "tls.keystore"),
            path(properties, "tls.keystore.password.file"),
            path(properties, "tls.ca"));
    flags.check();
    return flags;
  }

  /** Says whether clients have to log in. */
  public boolean hasUser() {
    return user != null;
  }

  /** Says whether clients have to speak TLS. */
  public boolean hasTls() {
    return certificate != null || keystore != null;
  }

  /** Says whether clients have to show a certificate. */
  public boolean needsClientCertificate() {
    return ca != null;
  }

  /** The user's password. */
  public String password() {
    return text(passwordFile).strip();
  }

  /** What the class of Cassandra that reads PEM texts wants to have. */
  Map<String, String> pemTexts() {
    Map<String, String> texts = new HashMap<>();
    if (certificate != null) {
      texts.put("private_key", text(key).strip() + "\n" + text(certificate));
    }
    if (ca != null) {
      texts.put("trusted_certificates", text(ca));
    }
    return texts;
  }

  /** The password of the keystore. */
  String keystorePassword() {
    return text(keystorePasswordFile).strip();
  }

  private void check() {
    together("user", user, "password.file", passwordFile);
    together("tls.certificate", certificate, "tls.key", key);
    together("tls.keystore", keystore, "tls.keystore.password.file", keystorePasswordFile);
    if (certificate != null && keystore != null) {
      throw wrong("tls.certificate and -D" + PREFIX + "tls.keystore exclude each other");
    }
    if (ca != null && certificate == null) {
      throw wrong("tls.ca needs -D" + PREFIX + "tls.certificate");
    }
    if (certificate != null && !text(key).contains("BEGIN PRIVATE KEY")) {
      throw wrong(
          "tls.key="
              + key
              + " holds no PKCS #8 key; convert it: openssl pkcs8 -topk8 -nocrypt -in "
              + key);
    }
  }

  private static void together(String first, Object one, String second, Object other) {
    if ((one == null) != (other == null)) {
      throw wrong(first + " and -D" + PREFIX + second + " go together");
    }
  }

  private static IllegalArgumentException wrong(String what) {
    return new IllegalArgumentException("-D" + PREFIX + what);
  }

  private static Path path(Properties properties, String flag) {
    String text = properties.getProperty(PREFIX + flag);
    if (text == null) {
      return null;
    }
    Path path = Path.of(text);
    if (!Files.isReadable(path)) {
      throw wrong(flag + "=" + path + " cannot be read");
    }
    return path;
  }

  private static String text(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
