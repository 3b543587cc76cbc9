package io.messina.connect.scylla.cql;

/** A window of the log has more rows than are to be held at once; it must be read in parts. */
public final class TooManyRowsException extends RuntimeException {

  private static final long serialVersionUID = 1L;
  private final transient Window window;

  /** Names the window. */
  public TooManyRowsException(Window window) {
    super("too many log rows in " + window, null, false, false);
    this.window = window;
  }

  /** The window. */
  public Window window() {
    return window;
  }
}
