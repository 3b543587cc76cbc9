package io.messina.connect.scylla.look;

import io.messina.connect.scylla.cql.RowKey;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes one read of many requests for a key.
 *
 * <p>It lives for one round. Rounds follow one another, and all requests of a round are known before
 * its first row is read: so a key has one read at a time, and what is written after that read is
 * named by the log of a later window, which another round reads.
 */
public final class Coalescer {

  private final Map<RowKey, Request> waiting = new LinkedHashMap<>();

  /** Asks for a row to be read. */
  public void request(Request request) {
    waiting.merge(request.key(), request, Request::merge);
  }

  /** All that was asked for, each key once, in the order of their first requests. */
  public List<Request> requests() {
    return List.copyOf(waiting.values());
  }

  /** Whether nothing was asked for. */
  public boolean isIdle() {
    return waiting.isEmpty();
  }
}
