package io.messina.connect.scylla.round;

import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.look.Request;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.source.SourceRecord;

/** Signals for keys, a new one for each; given again after a round that failed. */
final class Asked implements SignalSource {
  private final FakeTable table;
  final List<RowKey> next = new ArrayList<>();
  private final List<Request> open = new ArrayList<>();
  private int ids;
  int emitted;

  Asked(FakeTable table) {
    this.table = table;
  }

  @Override
  public void begin() {
    next.forEach(
        key -> open.add(Request.ofSignal(key, table.sliceOf(key, 2), "s-" + ++ids)));
    next.clear();
  }

  @Override
  public List<Request> take(SliceId slice, TableSource source, int most) {
    return open.stream().filter(request -> request.slice() == slice.slice()).limit(most).toList();
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
    open.removeAll(taken);
    emitted += taken.size();
  }

  @Override
  public void stopped(SliceId slice, String why) {}
}
