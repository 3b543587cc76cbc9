package io.messina.standin.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessFlagsTest {

  @TempDir Path folder;

  private final Properties properties = new Properties();

  /** Without flags there is neither a user nor TLS. */
  @Test
  void isOpenWithoutFlags() {
    AccessFlags flags = AccessFlags.read(properties);
    assertFalse(flags.hasUser());
    assertFalse(flags.hasTls());
    assertFalse(flags.needsClientCertificate());
  }

  /** A password is what its file holds, without the end of the line. */
  @Test
  void readsThePassword() throws IOException {
    set("user", "reader");
    set("password.file", file("password", " secret\n"));
    assertEquals("secret", AccessFlags.read(properties).password());
  }

  /** Key and certificate are one text, the key first. */
  @Test
  void joinsKeyAndCertificate() throws IOException {
    set("tls.certificate", file("c", "CERTIFICATE\n"));
    set("tls.key", file("k", "-----BEGIN PRIVATE KEY-----\n"));
    AccessFlags flags = AccessFlags.read(properties);
    assertTrue(flags.hasTls());
    assertEquals(
        "-----BEGIN PRIVATE KEY-----\nCERTIFICATE\n", flags.pemTexts().get("private_key"));
  }

  /** What lacks its other half is refused by name. */
  @Test
  void refusesHalves() throws IOException {
    set("user", "reader");
    assertTrue(refusal().contains("password.file go together"));
    properties.clear();
    set("tls.ca", file("ca", ""));
    assertTrue(refusal().contains("needs -Dmessina.standin.tls.certificate"));
  }

  /** A file that is not there, and a key that is not PKCS #8, are refused by name. */
  @Test
  void refusesFilesThatCannotBeUsed() throws IOException {
    set("tls.key", folder.resolve("nothing").toString());
    assertTrue(refusal().contains("cannot be read"));
    set("tls.key", file("k", "-----BEGIN EC PRIVATE KEY-----"));
    set("tls.certificate", file("c", ""));
    assertTrue(refusal().contains("openssl pkcs8 -topk8"));
  }

  private String refusal() {
    return assertThrows(IllegalArgumentException.class, () -> AccessFlags.read(properties))
        .getMessage();
  }

  private void set(String flag, String value) {
    properties.setProperty("messina.standin." + flag, value);
  }

  private String file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text).toString();
  }
}
