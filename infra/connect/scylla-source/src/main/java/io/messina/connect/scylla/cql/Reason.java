package io.messina.connect.scylla.cql;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import shaded.com.scylladb.cdc.driver3.driver.core.EndPoint;
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.NoHostAvailableException;
import shaded.com.scylladb.cdc.driver3.driver.core.exceptions.OperationTimedOutException;

/** Says in one line why the driver failed. */
public final class Reason {

  private static final int NODES_TOLD = 3;

  private Reason() {}

  /** The line for a failure of the driver or of this connector. */
  public static String of(Throwable failure) {
    if (failure instanceof ReadException read) {
      return of(read.reason());
    }
    if (failure instanceof NoHostAvailableException unreachable) {
      return unreachable(unreachable.getErrors());
    }
    if (failure instanceof OperationTimedOutException late) {
      return node(late.getEndPoint()) + " did not answer in time";
    }
    String message = failure.getMessage();
    String text = message == null ? failure.getClass().getSimpleName() : message;
    return text.lines().findFirst().orElse(text).strip();
  }

  private static String unreachable(Map<EndPoint, Throwable> errors) {
    if (errors.isEmpty()) {
      return "no node is up";
    }
    List<String> told =
        errors.entrySet().stream()
            .limit(NODES_TOLD)
            .map(error -> node(error.getKey()) + ": " + deepest(error.getValue()))
            .toList();
    String more = errors.size() > NODES_TOLD ? ", and " + (errors.size() - NODES_TOLD) : "";
    return told.stream().collect(Collectors.joining("; ", "no node answers (", more + ")"));
  }

  /** The driver says "cannot connect" where its cause says why. */
  private static String deepest(Throwable error) {
    Throwable at = error;
    while (at.getCause() != null && at.getCause() != at) {
      at = at.getCause();
    }
    if (at instanceof java.net.UnknownHostException) {
      return "no such host";
    }
    return at instanceof OperationTimedOutException ? "no answer in time" : of(at);
  }

  private static String node(EndPoint endPoint) {
    InetSocketAddress address = endPoint.resolve();
    return address.getHostString() + ":" + address.getPort();
  }
}
