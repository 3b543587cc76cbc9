package io.messina.connect.scylla.event;

/** A row that was read cannot become an event; its gap says why. */
public final class UnreadableException extends Exception {

  private static final long serialVersionUID = 1L;

  UnreadableException(String reason) {
    super(reason, null, false, false);
  }
}
