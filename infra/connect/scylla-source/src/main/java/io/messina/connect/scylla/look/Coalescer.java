package io.messina.connect.scylla.look;

import io.messina.connect.scylla.cql.RowKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes one read of many requests for a key, and never two at a time.
 *
 * <p>A request that comes while its key is being read waits, and causes another read after that
 * one: the read under way may have passed the row before the write that the request speaks of.
 */
public final class Coalescer {

  private final Map<RowKey, Change> waiting = new LinkedHashMap<>();
  private final Set<RowKey> reading = new HashSet<>();

  /** Asks for a row to be read. */
  public void request(Change change) {
    waiting.merge(change.key(), change, Change::merge);
  }

  /**
   * Takes up to so many requests whose keys are not being read, oldest first; their reads begin
   * now.
   */
  public List<Change> take(int most) {
    List<Change> taken = new ArrayList<>();
    Iterator<Change> requests = waiting.values().iterator();
    while (requests.hasNext() && taken.size() < most) {
      Change change = requests.next();
      if (reading.add(change.key())) {
        taken.add(change);
        requests.remove();
      }
    }
    return taken;
  }

  /** Says that the read of a key is over. */
  public void done(RowKey key) {
    reading.remove(key);
  }

  /** Whether nobody waits. */
  public boolean isIdle() {
    return waiting.isEmpty();
  }
}
