package io.messina.connect.scylla.round;

import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.event.Draft;
import io.messina.connect.scylla.event.Event;
import io.messina.connect.scylla.event.EventRecords;
import io.messina.connect.scylla.event.Gap;
import io.messina.connect.scylla.event.GapRecords;
import io.messina.connect.scylla.event.Masks;
import io.messina.connect.scylla.event.UnreadableException;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.source.SourceRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a round's records of what its tables found: answers to signals, gaps, events, watermarks.
 *
 * <p>Answers come first, as all offsets after them count them in. Gaps come before events, since a
 * gap may be why a slice's offset has moved already. All but a slice's last record keep its old
 * times, so that a round that is cut is made again as a whole.
 */
final class RoundRecords {

  private static final Logger LOG = LoggerFactory.getLogger(RoundRecords.class);

  private static final long SAY_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final EventRecords eventRecords;
  private final GapRecords gapRecords;
  private final Heartbeat heartbeat;
  private final SignalSource signals;
  private boolean saidUnreadable;
  private long said;

  RoundRecords(SourceConfig config, Heartbeat heartbeat, SignalSource signals) {
    this.eventRecords =
        new EventRecords(config.topicPrefix(), Masks.of(config), config.maxRowBytes());
    this.gapRecords = new GapRecords(config.gapsTopic());
    this.heartbeat = heartbeat;
    this.signals = signals;
  }

  /**
   * The round; what goes out is remembered, and the slices have come as far as it reaches.
   *
   * @param progress where all slices stood; afterwards where they stand
   * @param reached where the round brings them
   */
  Round round(
      Map<TableRound, Found> found,
      Map<SliceId, SliceOffset> progress,
      Map<SliceId, SliceOffset> reached) {
    List<Draft> drafts = drafts(found, reached);
    List<SourceRecord> records = new ArrayList<>(signals.answers(Map.copyOf(progress)));
    progress.replaceAll(this::withSignals);
    reached.replaceAll(this::withSignals);
    found.values().forEach(seen -> of(seen, reached));
    Map<SliceId, Integer> counts = write(drafts, progress, reached, records);
    records.addAll(heartbeat.due(reached));
    reached.forEach(
        (slice, offset) -> heartbeat.emitted(slice, offset, counts.getOrDefault(slice, 0)));
    for (Found seen : found.values()) {
      seen.signalled()
          .forEach((slice, taken) -> signals.emitted(slice, taken, counts.getOrDefault(slice, 0)));
    }
    progress.putAll(reached);
    return new Round(records);
  }

  private SliceOffset withSignals(SliceId slice, SliceOffset offset) {
    return offset.withSignals(signals.signalsUntil(slice, offset));
  }

  private static void of(Found seen, Map<SliceId, SliceOffset> reached) {
    for (SliceId slice : seen.signalled().keySet()) {
      reached.computeIfPresent(slice, (same, offset) -> offset.of(seen.table()));
    }
  }

  private List<Draft> drafts(Map<TableRound, Found> found, Map<SliceId, SliceOffset> reached) {
    List<Draft> gaps = new ArrayList<>();
    List<Draft> events = new ArrayList<>();
    found.forEach(
        (table, seen) -> {
          for (Gap gap : seen.gaps()) {
            tell(table, gap, reached, gaps);
          }
          for (Event event : seen.events()) {
            try {
              events.add(eventRecords.draft(event));
            } catch (UnreadableException e) {
              tell(table, Gap.unreadable(event, e.getMessage()), reached, gaps);
            }
            table.emitted(event, reached.get(event.slice()).fastUntil());
          }
        });
    gaps.addAll(events);
    return gaps;
  }

  private void tell(
      TableRound table, Gap gap, Map<SliceId, SliceOffset> reached, List<Draft> gaps) {
    if (table.isNews(gap)) {
      gaps.add(gapRecords.draft(gap));
      say(gap);
      table.told(gap, reached.get(gap.slice()).fastUntil());
    }
  }

  /** A delete or an expiry is daily bread; of rows that can't be read one in a while is named. */
  private void say(Gap gap) {
    long now = System.nanoTime();
    boolean unreadable = gap.kind() == Gap.Kind.UNREADABLE;
    if (gap.reason().isEmpty() || unreadable && saidUnreadable && now - said < SAY_NANOS) {
      LOG.debug("{}: gap {} {}", gap.slice(), gap.kind(), gap.id());
      return;
    }
    if (unreadable) {
      said = now;
      saidUnreadable = true;
    }
    LOG.warn(
        "{}: gap {} {}: {}",
        gap.slice(),
        gap.kind().name().toLowerCase(Locale.ROOT),
        gap.id(),
        gap.reason().get());
  }

  private static Map<SliceId, Integer> write(
      List<Draft> drafts,
      Map<SliceId, SliceOffset> progress,
      Map<SliceId, SliceOffset> reached,
      List<SourceRecord> records) {
    Map<SliceId, Integer> last = new HashMap<>();
    for (int i = 0; i < drafts.size(); i++) {
      last.put(drafts.get(i).slice(), i);
    }
    Map<SliceId, Map<String, Object>> before = new HashMap<>();
    Map<SliceId, Integer> counts = new HashMap<>();
    for (int i = 0; i < drafts.size(); i++) {
      SliceId slice = drafts.get(i).slice();
      Map<String, Object> old = before.computeIfAbsent(slice, s -> progress.get(s).toMap());
      Map<String, Object> after = last.get(slice) == i ? reached.get(slice).toMap() : old;
      List<SourceRecord> made = drafts.get(i).records(old, after);
      counts.merge(slice, made.size(), Integer::sum);
      records.addAll(made);
    }
    return counts;
  }
}
