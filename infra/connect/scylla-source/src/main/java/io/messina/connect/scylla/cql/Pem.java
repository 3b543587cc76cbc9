package io.messina.connect.scylla.cql;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads PEM files; what is wrong with one is said without anything of what is in it. */
final class Pem {

  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");
  private static final Pattern ANY_KEY = Pattern.compile("-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----");
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "Ed25519", "Ed448");

  private Pem() {}

  /** All certificates of a file, in its order. */
  static List<X509Certificate> certificates(Path file) {
    List<X509Certificate> found = new ArrayList<>();
    Matcher block = BLOCK.matcher(text(file));
    while (block.find()) {
      if (block.group(1).equals("CERTIFICATE")) {
        found.add(certificate(file, bytes(file, block.group(2))));
      }
    }
    if (found.isEmpty()) {
      throw new IllegalArgumentException(file + " holds no certificate in PEM");
    }
    return found;
  }

  /** The one private key of a file. */
  static PrivateKey key(Path file) {
    String text = text(file);
    Matcher block = BLOCK.matcher(text);
    while (block.find()) {
      if (block.group(1).equals("PRIVATE KEY")) {
        return key(file, bytes(file, block.group(2)));
      }
    }
    if (text.contains("ENCRYPTED")) {
      throw new IllegalArgumentException(
          file
              + " holds an encrypted key, which is not supported; decrypt it: openssl pkcs8 -in "
              + file
              + " -out FILE");
    }
    if (ANY_KEY.matcher(text).find()) {
      throw new IllegalArgumentException(
          file
              + " holds a key that is not PKCS #8; convert it: openssl pkcs8 -topk8 -nocrypt -in "
              + file
              + " -out FILE");
    }
    throw new IllegalArgumentException(file + " holds no private key in PEM");
  }

  private static String text(Path file) {
    try {
      return Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(file + " does not exist on this worker", e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          file + " cannot be read by this worker (" + e.getClass().getSimpleName() + ")", e);
    }
  }

  private static byte[] bytes(Path file, String base64) {
    try {
      return Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + " is damaged: its base64 cannot be read");
    }
  }

  private static X509Certificate certificate(Path file, byte[] bytes) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(bytes));
    } catch (CertificateException e) {
      throw new IllegalArgumentException(file + " holds a damaged certificate");
    }
  }

  private static PrivateKey key(Path file, byte[] bytes) {
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes));
      } catch (GeneralSecurityException e) {
        // Another kind of key, perhaps.
      }
    }
    throw new IllegalArgumentException(
        file + " holds a damaged key, or one that is none of " + ALGORITHMS);
  }
}
