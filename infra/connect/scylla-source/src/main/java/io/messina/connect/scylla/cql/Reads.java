package io.messina.connect.scylla.cql;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** Says of a read that fails what was read. */
final class Reads {

  private Reads() {}

  /** The same, but failing with a {@link ReadException}. */
  static <T> CompletableFuture<T> named(
      CompletableFuture<T> read, TableId table, Supplier<String> what) {
    return read.handle(
        (result, error) -> {
          if (error == null) {
            return result;
          }
          CompletionException wrapped = new CompletionException(error);
          throw new ReadException(table, what.get(), CqlSession.unwrap(wrapped));
        });
  }

  /** The result, or a {@link ReadException}. */
  static <T> T named(TableId table, Supplier<String> what, Supplier<T> read) {
    try {
      return read.get();
    } catch (shaded.com.scylladb.cdc.driver3.driver.core.exceptions.DriverException e) {
      throw new ReadException(table, what.get(), e);
    }
  }
}
