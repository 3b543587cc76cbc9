package io.messina.connect.scylla.signal;

import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.kafka.SignalLog;
import io.messina.connect.scylla.look.Request;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import io.messina.connect.scylla.offset.Watermarks;
import io.messina.connect.scylla.ring.Slices;
import io.messina.connect.scylla.round.SignalSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.kafka.connect.source.SourceRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the signals that touch a task's slices: each slice in the order of their coming, at a rate
 * that leaves room for the log's changes, each answered once its events are committed.
 *
 * <p>A round that fails with rows of signals in it is followed by rounds without: what a signal asks
 * for never keeps the log's changes back for long.
 */
public final class Signals implements SignalSource {

  private static final Logger LOG = LoggerFactory.getLogger(Signals.class);
  private static final int ROWS_A_ROUND = 4_000;
  private static final int MOST_OPEN = 50_000;
  private static final int LONGEST_PAUSE = 16;

  private final Slices ring;
  private final SignalLog log;
  private final Watermarks watermarks;
  private final SignalAnswers answers;
  private final LongSupplier nanoTime;
  private final Throttle throttle;
  private final Map<SliceId, SliceQueue> queues = new LinkedHashMap<>();
  private boolean begun;
  private boolean taking;
  private int failures;
  private int pause;
  private int free;
  private int open;
  private int weight;

  /**
   * Signals for some slices.
   *
   * @param progress where each slice stands
   * @param log the signals topic
   * @param watermarks knows what is committed
   */
  public Signals(
      SourceConfig config,
      Map<SliceId, SliceOffset> progress,
      SignalLog log,
      Watermarks watermarks) {
    this(config, progress, log, watermarks, System::nanoTime);
  }

  Signals(
      SourceConfig config,
      Map<SliceId, SliceOffset> progress,
      SignalLog log,
      Watermarks watermarks,
      LongSupplier nanoTime) {
    this.ring = new Slices(config.slices());
    this.log = log;
    this.watermarks = watermarks;
    this.answers = new SignalAnswers(config.signalsDoneTopic());
    this.nanoTime = nanoTime;
    this.throttle = new Throttle(config.signalsRowsPerSecond(), nanoTime.getAsLong());
    progress.forEach(
        (slice, offset) -> queues.put(slice, new SliceQueue(slice, offset.signalsUntil())));
  }

  @Override
  public void begin() {
    if (taking) {
      failures++;
      pause = 1 << Math.min(failures - 1, 4);
      queues.values().forEach(SliceQueue::back);
    }
    taking = false;
    if (log.bounds().isEmpty()) {
      return;
    }
    if (!begun) {
      begun = true;
      queues.forEach((slice, queue) -> within(slice, queue, log.bounds().get()));
    }
    admit();
    free = pause > 0 ? 0 : Math.min(ROWS_A_ROUND, throttle.free(nanoTime.getAsLong()));
    open = (int) queues.values().stream().filter(SliceQueue::isOpen).count();
  }

  private static void within(SliceId slice, SliceQueue queue, SignalLog.Bounds bounds) {
    long until = queue.until();
    if (bounds.within(until) != until) {
      LOG.warn(
          "{}: the signals topic ends at {}, but signals up to {} were answered: it was made anew;"
              + " going on from its start, {}",
          slice,
          bounds.end(),
          until,
          bounds.start());
      queue.restart(bounds.within(until));
    }
  }

  private void admit() {
    while (weight < MOST_OPEN && log.peek() != null) {
      SignalLog.Entry entry = log.peek();
      admit(entry);
      queues.values().forEach(queue -> queue.seen(entry.offset() + 1));
      log.next();
    }
  }

  private void admit(SignalLog.Entry entry) {
    SharedSignal signal;
    try {
      signal = new SharedSignal(SignalParser.parse(entry.value()));
    } catch (MalformedSignalException e) {
      if (e.id().isEmpty() || e.table().isEmpty()) {
        LOG.warn(
            "The signal at offset {} is ignored, and nobody can be told why: {}",
            entry.offset(),
            e.getMessage());
        return;
      }
      signal = new SharedSignal(e.id().get(), e.table().get(), e);
    }
    boolean ours = false;
    for (Map.Entry<SliceId, SliceQueue> queue : queues.entrySet()) {
      if (queue.getKey().table().equals(signal.table())) {
        ours |= queue.getValue().add(entry.offset(), signal);
      }
    }
    if (ours) {
      weight += signal.weight();
    } else {
      LOG.debug("Signal {} for {} is not for this task", signal.id(), signal.table());
    }
  }

  @Override
  public List<Request> take(SliceId slice, TableSource source, int most)
      throws InterruptedException {
    SliceQueue queue = queues.get(slice);
    if (!queue.isOpen() || free == 0 || most == 0) {
      return List.of();
    }
    // What is free is shared by the slices that have something to take.
    int share = Math.min(most, Math.max(1, free / Math.max(1, open)));
    taking = true;
    List<Request> taken = queue.take(source, ring, share);
    open--;
    free -= taken.size();
    return taken;
  }

  @Override
  public List<SourceRecord> answers(Map<SliceId, SliceOffset> progress) {
    if (!taking) {
      pause = Math.max(0, pause - 1);
    } else {
      failures = 0;
    }
    List<SourceRecord> records = new ArrayList<>();
    queues.forEach(
        (slice, queue) -> {
          Optional<Service> next = queue.answer(watermarks);
          while (next.isPresent()) {
            Long last = lastOffset(slice, next.get());
            SliceOffset offset = progress.get(slice).withSignals(queue.until());
            records.add(answers.record(slice, next.get(), last, offset));
            next = queue.answer(watermarks);
          }
        });
    weight = queues.values().stream().mapToInt(SliceQueue::weight).max().orElse(0);
    return records;
  }

  private Long lastOffset(SliceId slice, Service service) {
    return service.error().isPresent()
        ? null
        : watermarks.lastOffset(slice, service.signal().kind()).orElse(null);
  }

  @Override
  public long signalsUntil(SliceId slice, SliceOffset before) {
    return queues.get(slice).until();
  }

  @Override
  public void emitted(SliceId slice, List<Request> taken, int records) {
    queues.get(slice).emitted(watermarks.emitted(slice));
    throttle.passed(taken.size());
    taking = false;
  }

  @Override
  public void stopped(SliceId slice, String why) {
    queues.get(slice).stop();
  }
}
