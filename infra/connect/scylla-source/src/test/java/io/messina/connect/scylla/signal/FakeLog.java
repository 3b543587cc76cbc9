package io.messina.connect.scylla.signal;

import io.messina.connect.scylla.kafka.SignalLog;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** A signals topic in memory. */
final class FakeLog implements SignalLog {

  private final Deque<Entry> entries = new ArrayDeque<>();
  private long end;
  Optional<Bounds> bounds = Optional.of(new Bounds(0, 1_000));

  /** Sends a signal; single quotes stand for double ones. */
  long send(String json) {
    entries.add(new Entry(end, json.replace('\'', '"').getBytes(StandardCharsets.UTF_8)));
    return end++;
  }

  /** Sends a signal at an offset that markers made larger. */
  void sendAt(long offset, String json) {
    end = offset;
    send(json);
  }

  @Override
  public Optional<Bounds> bounds() {
    return bounds;
  }

  @Override
  public Entry peek() {
    return entries.peek();
  }

  @Override
  public void next() {
    entries.remove();
  }
}
