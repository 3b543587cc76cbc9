package io.messina.connect.scylla.cql;

/** The database, or what is needed to reach it, refuses this connector; waiting seldom helps. */
public final class RefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;
  private final Why why;

  /** What stands against a connection. */
  public enum Why {
    /** The user or its password, which may be in the middle of a change. */
    CREDENTIALS("scylla.user"),
    /** A certificate of either side. */
    CERTIFICATE("scylla.tls"),
    /** A file that TLS needs. */
    CA_FILE("scylla.tls.ca.file"),
    /** A file that TLS needs. */
    CERTIFICATE_FILE("scylla.tls.certificate.file"),
    /** A file that TLS needs. */
    KEY_FILE("scylla.tls.key.file"),
    /** The cluster has no such datacenter. */
    DATACENTER("scylla.local.datacenter"),
    /** No contact point has an address. */
    ADDRESS("scylla.contact.points"),
    /** The driver cannot read the schema. */
    SCHEMA("scylla.contact.points");

    private final String setting;

    Why(String setting) {
      this.setting = setting;
    }

    /** The setting to look at first. */
    public String setting() {
      return setting;
    }
  }

  /** Says in one line what is refused, and what to do. */
  public RefusedException(Why why, String message, Throwable cause) {
    super(message, cause);
    this.why = why;
  }

  /** What stands against a connection. */
  public Why why() {
    return why;
  }
}
