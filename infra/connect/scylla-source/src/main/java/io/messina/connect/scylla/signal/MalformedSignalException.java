package io.messina.connect.scylla.signal;

import io.messina.connect.scylla.cql.TableId;
import java.util.Optional;

/** A record of the signals topic is no signal; it says why, and to whom to say it. */
public final class MalformedSignalException extends Exception {

  private static final long serialVersionUID = 1;

  private final String id;
  private final transient TableId table;

  MalformedSignalException(String id, TableId table, String reason) {
    super(reason);
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
