package io.messina.connect.scylla.cql;

import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.cql.RefusedException.Why;
import java.net.InetSocketAddress;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Collection;
import java.util.Optional;
import javax.net.ssl.SSLException;
import shaded.com.scylladb.cdc.driver3.driver.core.EndPoint;
import shaded.com.scylladb.cdc.driver3.driver.core.Metadata;
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.AuthenticationException;
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.NoHostAvailableException;

/** Finds in what the driver throws on connecting what waiting would not cure. */
final class Refusals {

  /** What the driver says of a type that it does not know; the type follows. */
  private static final String UNPARSED = "Could not parse type name ";

  private final SourceConfig config;

  Refusals(SourceConfig config) {
    this.config = config;
  }

  /** The same failure, as a refusal where it is one. */
  RuntimeException explain(RuntimeException failure) {
    if (failure instanceof NoHostAvailableException unreachable) {
      return unreachable(unreachable).orElse(failure);
    }
    if (failure instanceof AuthenticationException) {
      return credentials(failure);
    }
    String message = String.valueOf(failure.getMessage());
    if (failure instanceof IllegalArgumentException && message.startsWith(UNPARSED)) {
      return schema(message.substring(UNPARSED.length()), failure);
    }
    return failure;
  }

  /** Of a type that it cannot parse, the driver skips a table; a user type it does not. */
  private static RuntimeException schema(String type, RuntimeException error) {
    String message =
        "the driver cannot read the cluster's schema: a user type, in whatever keyspace, has a field"
            + " of type "
            + type
            + "; find it in system_schema.types and drop it, or let columns have that type instead";
    return new RefusedException(Why.SCHEMA, message, error);
  }

  /** Throws where the cluster has no datacenter of the configured name. */
  void checkDatacenter(Metadata metadata) {
    Collection<String> there =
        metadata.getAllHosts().stream().map(host -> host.getDatacenter()).distinct().toList();
    if (!config.localDatacenter().isEmpty() && !there.contains(config.localDatacenter())) {
      throw new RefusedException(
          Why.DATACENTER,
          "the cluster has no datacenter '"
              + config.localDatacenter()
              + "'; there are: "
              + String.join(", ", there),
          null);
    }
  }

  /** A refusal where no contact point gave another reason. */
  private Optional<RuntimeException> unreachable(NoHostAvailableException failure) {
    RuntimeException refusal = null;
    for (var error : failure.getErrors().entrySet()) {
      Optional<RuntimeException> found = of(error.getKey(), error.getValue());
      if (found.isEmpty()) {
        return Optional.empty();
      }
      refusal = found.get();
    }
    return Optional.ofNullable(refusal);
  }

  private Optional<RuntimeException> of(EndPoint node, Throwable error) {
    if (error instanceof AuthenticationException) {
      return Optional.of(credentials(error));
    }
    SSLException tls = cause(error, SSLException.class);
    if (tls != null) {
      return Optional.of(certificate(node.resolve(), tls));
    }
    // What the other side has against us, the driver only sees as an end of the connection.
    Optional<SSLException> alert = Handshake.refusal(config, node.resolve());
    return alert.map(found -> certificate(node.resolve(), found));
  }

  private RuntimeException credentials(Throwable error) {
    String message =
        config.user().isEmpty()
            ? "the database wants a user: set scylla.user and scylla.password"
            : "the database refused the user '" + config.user() + "': correct scylla.user and"
                + " scylla.password";
    return new RefusedException(Why.CREDENTIALS, message, error);
  }

  private RuntimeException certificate(InetSocketAddress node, SSLException error) {
    String where = node.getHostString() + ":" + node.getPort();
    return new RefusedException(Why.CERTIFICATE, where + ": " + reason(node, error), error);
  }

  private String reason(InetSocketAddress node, SSLException error) {
    Throwable expired = cause(error, CertificateExpiredException.class);
    if (expired != null) {
      return "its certificate has expired (" + expired.getMessage() + "); renew it";
    }
    Throwable early = cause(error, CertificateNotYetValidException.class);
    if (early != null) {
      return "its certificate is not valid yet (" + early.getMessage() + "); compare the clocks";
    }
    if (cause(error, CertPathBuilderException.class) != null) {
      return "its certificate is not signed by an authority in "
          + config.tlsCaFile().map(Object::toString).orElse("Java's own trust store")
          + "; name the right file in scylla.tls.ca.file";
    }
    String message = String.valueOf(error.getMessage());
    if (message.startsWith("No ")) {
      return "its certificate does not name "
          + node.getHostString()
          + " ("
          + message
          + "); use a name that it has, or scylla.tls.verify.hostname=false";
    }
    if (message.startsWith("Received fatal alert: ")) {
      return "it refused our certificate, or that there is none ("
          + message.substring("Received fatal alert: ".length())
          + "); see scylla.tls.certificate.file";
    }
    if (!config.tls()) {
      return "it wants TLS: set scylla.tls=true";
    }
    if (message.contains("SSL message") || message.contains("not an SSL/TLS record")) {
      return "it does not speak TLS on this port: correct the port, or set scylla.tls=false";
    }
    return "TLS failed: " + message;
  }

  private static <T extends Throwable> T cause(Throwable error, Class<T> type) {
    T found = null;
    for (Throwable at = error; at != null && at != at.getCause(); at = at.getCause()) {
      if (type.isInstance(at)) {
        found = type.cast(at);
      }
    }
    return found;
  }
}
