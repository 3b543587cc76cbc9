package io.messina.connect.scylla.signal;

import io.messina.connect.scylla.cql.TableId;
import java.util.Optional;

/** A record of the signals topic is no signal; it says why, and to whom to say it. */
public final class MalformedSignalException extends Exception {

  private static final long serialVersionUID = 1;

  /** An answer as large as its signal could be one that Kafka does not take. */
  private static final int LONGEST = 500;

  private final String id;
  private final transient TableId table;

  MalformedSignalException(String id, TableId table, String reason) {
    super(reason.length() > LONGEST ? reason.substring(0, LONGEST - 1) + "…" : reason);
    this.id = id;
    this.table = table;
  }

  /** The signal's id, where it could be read. */
  public Optional<String> id() {
    return Optional.ofNullable(id);
  }

  /** The table it names, where that could be read. */
  public Optional<TableId> table() {
    return Optional.ofNullable(table);
  }
}
