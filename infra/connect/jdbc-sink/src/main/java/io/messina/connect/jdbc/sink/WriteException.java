package io.messina.connect.jdbc.sink;

/** Records that could not be written; what of them was can be written again. */
final class WriteException extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient Failure failure;

  WriteException(Failure failure, Throwable cause) {
    super(failure.toString(), cause);
    this.failure = failure;
  }

  Failure failure() {
    return failure;
  }
}
