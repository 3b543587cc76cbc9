package io.messina.connect.scylla.round;

import io.messina.connect.scylla.cql.Window;
import io.messina.connect.scylla.look.Stride;
import io.messina.connect.scylla.offset.SliceId;
import java.util.Collection;
import java.util.Map;

/**
 * What one look is to see in a round.
 *
 * @param windows for each slice what this look has not seen of it, perhaps nothing
 * @param stride how far the look goes at a time
 */
record Look(Map<SliceId, Window> windows, Stride stride) {

  /** What it is to see of a slice. */
  Window window(SliceId slice) {
    return windows.get(slice);
  }

  /** The window that holds all these slices' windows. */
  Window over(Collection<SliceId> slices) {
    long from = Long.MAX_VALUE;
    long to = Long.MIN_VALUE;
    for (SliceId slice : slices) {
      Window window = windows.get(slice);
      if (!window.isEmpty()) {
        from = Math.min(from, window.from());
        to = Math.max(to, window.to());
      }
    }
    return from < to ? new Window(from, to) : new Window(0, 0);
  }
}
