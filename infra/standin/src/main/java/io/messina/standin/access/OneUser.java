package io.messina.standin.access;

import org.apache.cassandra.auth.AuthKeyspace;
import org.apache.cassandra.auth.CassandraRoleManager;
import org.apache.cassandra.cql3.QueryProcessor;
import org.apache.cassandra.schema.SchemaConstants;
import org.mindrot.jbcrypt.BCrypt;

/** Roles that begin with the user of the flags, instead of Cassandra's well-known one. */
public final class OneUser extends CassandraRoleManager {

  private static final String CASSANDRA = "cassandra";

  private static final String ROLES =
      SchemaConstants.AUTH_KEYSPACE_NAME + "." + AuthKeyspace.ROLES;

  /** The least there is: it costs each connection time, and guards nothing of worth. */
  private static final int ROUNDS_LOG2 = 4;

  @Override
  public void setup() {
    AccessFlags flags = AccessFlags.read(System.getProperties());
    QueryProcessor.executeInternal(
        "INSERT INTO " + ROLES
            + " (role, is_superuser, can_login, salted_hash) VALUES (?, true, true, ?)",
        flags.user(),
        BCrypt.hashpw(flags.password(), BCrypt.gensalt(ROUNDS_LOG2)));
    if (!flags.user().equals(CASSANDRA)) {
      QueryProcessor.executeInternal("DELETE FROM " + ROLES + " WHERE role = ?", CASSANDRA);
    }
    super.setup();
  }
}
