package io.messina.connect.scylla.signal;

import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.look.Request;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.Watermarks;
import io.messina.connect.scylla.ring.Slices;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** The signals that one slice has still to serve or to answer, in the order of their coming. */
final class SliceQueue {

  private final SliceId slice;
  private final Deque<Service> services = new ArrayDeque<>();
  private long from;
  private long seen;
  private boolean stopped;

  /**
   * A slice's queue.
   *
   * @param from the offset of the first signal that it has not answered yet
   */
  SliceQueue(SliceId slice, long from) {
    this.slice = slice;
    this.from = from;
    this.seen = from;
  }

  /** Begins anew at an offset: the topic was made anew. */
  void restart(long offset) {
    from = offset;
    seen = offset;
  }

  /** Takes a signal in, where the slice has not answered it yet. */
  boolean add(long offset, SharedSignal signal) {
    boolean due = offset >= from && !stopped;
    if (due) {
      services.add(new Service(offset, signal));
    }
    return due;
  }

  /** All signals before this offset were seen. */
  void seen(long offset) {
    if (!stopped) {
      seen = Math.max(seen, offset);
    }
  }

  /** The first signal that is not answered: what the slice's offset says. */
  long until() {
    return services.isEmpty() ? seen : services.peek().offset();
  }

  /** The table was stopped: what is not answered stays so. */
  void stop() {
    stopped = true;
  }

  /** Whether rows are to be taken, as far as is known. */
  boolean isOpen() {
    return !stopped && services.stream().anyMatch(Service::isOpen);
  }

  /** How much waits here, in keys as they came. */
  int weight() {
    return stopped ? 0 : services.stream().mapToInt(service -> service.signal().weight()).sum();
  }

  /** The rows to read now, so many at most. */
  List<Request> take(TableSource source, Slices ring, int most) {
    services.removeIf(service -> !service.understand(slice, source, ring));
    List<Request> requests = new ArrayList<>();
    boolean queried = false;
    for (Service service : services) {
      if (requests.size() >= most) {
        break;
      }
      if (service.isOpen() && !(queried && service.queries())) {
        queried |= service.queries();
        for (RowKey key : service.take(source, most - requests.size())) {
          requests.add(
              Request.ofSignal(key, slice.slice(), service.signal().id(), service.read(key)));
        }
      }
    }
    return requests;
  }

  /** What was taken is emitted; the slice's records of this round end with this number. */
  void emitted(long records) {
    services.forEach(service -> service.emitted(records));
  }

  /** What was taken was not emitted. */
  void back() {
    services.forEach(Service::back);
  }

  /** The next signal to answer, which leaves the queue. */
  Optional<Service> answer(Watermarks watermarks) {
    boolean ready = !services.isEmpty() && services.peek().isDone(slice, watermarks);
    return ready && !stopped ? Optional.of(services.remove()) : Optional.empty();
  }
}
