package io.messina.connect.scylla.cql;

import io.messina.connect.scylla.SourceConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import shaded.com.scylladb.cdc.driver3.driver.core.ConsistencyLevel;

/**
 * Everything that a session is made from: tasks for which it is the same can share one.
 *
 * <p>Of files, it is when they were changed: a session that is made after a certificate was renewed
 * is another one.
 */
record SessionKey(
    List<InetSocketAddress> contactPoints,
    String datacenter,
    ConsistencyLevel consistency,
    int connectTimeoutMillis,
    int requestTimeoutMillis,
    String user,
    String password,
    boolean tls,
    boolean verifyHostname,
    List<String> files) {

  static SessionKey of(SourceConfig config) {
    return new SessionKey(
        config.contactPoints(),
        config.localDatacenter(),
        config.consistency(),
        config.connectTimeoutMillis(),
        config.requestTimeoutMillis(),
        config.user(),
        config.password(),
        config.tls(),
        config.tlsVerifyHostname(),
        Stream.of(config.tlsCaFile(), config.tlsCertificateFile(), config.tlsKeyFile())
            .map(SessionKey::stamp)
            .toList());
  }

  private static String stamp(Optional<Path> file) {
    if (file.isEmpty()) {
      return "";
    }
    try {
      return file.get() + " " + Files.getLastModifiedTime(file.get()) + " " + Files.size(file.get());
    } catch (IOException e) {
      // Whoever opens the session says what is wrong with the file.
      return file.get().toString();
    }
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "session of " + (user.isEmpty() ? "nobody" : user) + " with " + contactPoints;
  }
}
