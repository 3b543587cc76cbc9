package io.messina.connect.scylla.cql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PemTest {

  @TempDir private Path folder;

  private Path file(String kind, String content) throws IOException {
    String text = "-----BEGIN " + kind + "-----\n" + content + "\n-----END " + kind + "-----\n";
    return Files.writeString(folder.resolve("some.pem"), "a comment\n" + text);
  }

  private static String pkcs8(String algorithm) throws GeneralSecurityException {
    PrivateKey key = KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPrivate();
    return Base64.getMimeEncoder().encodeToString(key.getEncoded());
  }

  private static String refusal(Path file) {
    return assertThrows(IllegalArgumentException.class, () -> Pem.key(file)).getMessage();
  }

  /** Keys of the usual kinds are read. */
  @Test
  void keysAreRead() throws Exception {
    assertEquals("RSA", Pem.key(file("PRIVATE KEY", pkcs8("RSA"))).getAlgorithm());
    assertEquals("EC", Pem.key(file("PRIVATE KEY", pkcs8("EC"))).getAlgorithm());
    assertEquals("EdDSA", Pem.key(file("PRIVATE KEY", pkcs8("Ed25519"))).getAlgorithm());
  }

  /** A key in a form that is not supported is refused with the command that converts it. */
  @Test
  void otherFormsAreRefused() throws IOException {
    assertTrue(refusal(file("ENCRYPTED PRIVATE KEY", "AAAA")).contains("openssl pkcs8 -in"));
    assertTrue(refusal(file("EC PRIVATE KEY", "AAAA")).contains("openssl pkcs8 -topk8"));
    assertTrue(refusal(file("RSA PRIVATE KEY", "AAAA")).contains("openssl pkcs8 -topk8"));
    String old = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA";
    assertTrue(refusal(file("RSA PRIVATE KEY", old)).contains("encrypted"));
    assertTrue(refusal(file("CERTIFICATE", "AAAA")).contains("no private key"));
    assertTrue(refusal(folder.resolve("absent.pem")).contains("does not exist"));
  }

  /** A damaged key is refused without a word of what is in it. */
  @Test
  void damagedKeysAreNotShown() throws IOException {
    String message = refusal(file("PRIVATE KEY", "c2VjcmV0IGtleSBtYXRlcmlhbA=="));
    assertTrue(message.contains("damaged"), message);
    assertFalse(message.contains("c2Vj") || message.contains("secret key"), message);
  }

  /** A file without a certificate is none of authorities. */
  @Test
  void certificatesMustBeThere() throws IOException {
    Path key = file("PRIVATE KEY", "AAAA");
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> Pem.certificates(key))
            .getMessage()
            .contains("no certificate"));
    Path damaged = file("CERTIFICATE", "AAAA");
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> Pem.certificates(damaged))
            .getMessage()
            .contains("damaged"));
  }
}
