package io.messina.connect.scylla.round;

import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.look.Request;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.source.SourceRecord;

/** Signals for keys, a new one for each; given again in the next but one round after a failure. */
final class Asked implements SignalSource {
  private final FakeTable table;
  final List<RowKey> next = new ArrayList<>();
  private final List<Request> open = new ArrayList<>();
  private int ids;
  private boolean taking;
  private boolean pausing;
  int emitted;

  /** Whether the rows come with their keys, as those of a range of tokens do. */
  boolean withRows;

  Asked(FakeTable table) {
    this.table = table;
  }

  @Override
  public void begin() {
    pausing = taking;
    taking = false;
    next.forEach(
        key ->
            open.add(
                Request.ofSignal(
                    key,
                    table.sliceOf(key, 2),
                    "s-" + ++ids,
                    withRows ? Optional.of(table.row(key)) : Optional.empty())));
    next.clear();
  }

  @Override
  public List<Request> take(SliceId slice, TableSource source, int most) {
    List<Request> taken =
        open.stream()
            .filter(request -> request.slice() == slice.slice() && !pausing)
            .limit(most)
            .toList();
    taking |= !taken.isEmpty();
    return taken;
  }

  @Override
  public List<SourceRecord> answers(Map<SliceId, SliceOffset> progress) {
    return List.of();
  }

  @Override
  public long signalsUntil(SliceId slice, SliceOffset before) {
    return before.signalsUntil();
  }

  @Override
  public void emitted(SliceId slice, List<Request> taken, int records) {
    taking = false;
    open.removeAll(taken);
    emitted += taken.size();
  }

  @Override
  public void stopped(SliceId slice, String why) {}
}
