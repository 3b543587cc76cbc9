package io.messina.connect.scylla.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.cql.RowKey.Kind;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.Tables;
import io.messina.connect.scylla.kafka.SignalLog;
import io.messina.connect.scylla.look.Request;
import io.messina.connect.scylla.offset.SliceId;
import io.messina.connect.scylla.offset.SliceOffset;
import io.messina.connect.scylla.offset.Watermarks;
import io.messina.connect.scylla.ring.Slices;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SignalsTest {

  private static final int SLICES = 4;
  private static final String HEAD = "'op':'reread','table':'ops.flights'";
  private final FakeLog log = new FakeLog();
  private final FakeRows rows = FakeRows.of(100);
  private final Map<SliceId, SliceOffset> progress = new LinkedHashMap<>();
  private final Map<SliceId, Integer> uncommitted = new HashMap<>();
  private Watermarks watermarks;
  private Signals signals;
  private long nanoTime;
  private long kafkaOffset = 100;

  @BeforeEach
  void begin() {
    for (int slice = 0; slice < SLICES; slice++) {
      progress.put(slice(slice), SliceOffset.startingAt(10));
    }
    start("2000");
  }

  private void start(String rate) {
    watermarks = new Watermarks(false);
    progress.forEach(watermarks::begin);
    uncommitted.clear();
    SourceConfig config =
        new SourceConfig(
            Map.of(
                "topic.prefix", "p",
                "scylla.contact.points", "127.0.0.1:9042",
                "tables", "ops.flights",
                "slices", String.valueOf(SLICES),
                "signals.rows.per.second", rate));
    signals = new Signals(config, progress, log, watermarks, () -> nanoTime);
  }

  private static SliceId slice(int slice) {
    return new SliceId(Tables.ID, slice);
  }

  private static int sliceOf(int id) {
    return new Slices(SLICES).of(FakeRows.token(Tables.key(id, "x")));
  }

  private static String keys(int... ids) {
    List<String> keys = new ArrayList<>();
    for (int id : ids) {
      keys.add("{'id':" + id + ",'leg':'x'}");
    }
    return "'keys':[" + String.join(",", keys) + "]";
  }

  /** What a round took, and the answers it began with. */
  private record Done(Map<SliceId, List<Request>> taken, List<SourceRecord> answers) {
    int rows() {
      return taken.values().stream().mapToInt(List::size).sum();
    }
  }

  /** A round that goes well; each row taken is one record. */
  private Done round() throws InterruptedException {
    Map<SliceId, List<Request>> taken = take();
    List<SourceRecord> answers = signals.answers(Map.copyOf(progress));
    progress.replaceAll((slice, o) -> o.withSignals(signals.signalsUntil(slice, o)));
    taken.forEach(
        (slice, requests) -> {
          watermarks.emitted(slice, progress.get(slice), requests.size());
          uncommitted.merge(slice, requests.size(), Integer::sum);
          signals.emitted(slice, requests, requests.size());
        });
    nanoTime += TimeUnit.MILLISECONDS.toNanos(300);
    return new Done(taken, answers);
  }

  private Map<SliceId, List<Request>> take() throws InterruptedException {
    signals.begin();
    Map<SliceId, List<Request>> taken = new LinkedHashMap<>();
    for (SliceId slice : progress.keySet()) {
      taken.put(slice, signals.take(slice, rows, 2_000));
    }
    return taken;
  }

  private void commit() {
    uncommitted.forEach(
        (slice, records) -> {
          for (int i = 0; i < records; i++) {
            watermarks.committed(slice, progress.get(slice), Kind.ROW, kafkaOffset++);
          }
        });
    uncommitted.clear();
  }

  private static Struct value(SourceRecord record) {
    return (Struct) record.value();
  }

  private long until(int slice) {
    return progress.get(slice(slice)).signalsUntil();
  }

  /** The rows of a signal are asked for once, each in its slice, with the signal's id. */
  @Test
  void keysAreTakenOnce() throws InterruptedException {
    log.send("{'id':'s1'," + HEAD + "," + keys(1, 2, 3) + "}");
    Map<SliceId, List<Request>> taken = round().taken();
    for (int id = 1; id <= 3; id++) {
      Request expected = Request.ofSignal(Tables.key(id, "x"), sliceOf(id), "s1");
      assertTrue(taken.get(slice(sliceOf(id))).contains(expected));
    }
    assertEquals(0, round().rows());
  }

  /** The answer waits for the commit, then carries the slice's advance and the last offset. */
  @Test
  void answerFollowsTheCommit() throws InterruptedException {
    int slice = sliceOf(7);
    log.sendAt(5, "{'id':'s1'," + HEAD + "," + keys(7) + "}");
    assertEquals(1, round().rows());
    assertEquals(List.of(), round().answers());
    assertEquals(5, until(slice));
    commit();
    SourceRecord answer = round().answers().get(0);
    assertEquals("p.signals.done", answer.topic());
    assertEquals("s1", answer.key());
    assertEquals(slice(slice).toMap(), answer.sourcePartition());
    assertEquals(6L, answer.sourceOffset().get("signals_until"));
    assertEquals(6, until(slice));
    Struct value = value(answer);
    assertEquals("ops", value.getString("keyspace"));
    assertEquals("flights", value.getString("table"));
    assertEquals(slice, value.getInt32("slice"));
    assertEquals(1, value.getInt32("slices"));
    assertEquals(1, value.getInt64("rows"));
    assertEquals(100, value.getInt64("last_offset"));
    assertNull(value.get("error"));
    assertEquals(List.of(), round().answers());
  }

  /** A slice that a signal does not touch passes over it, without an answer. */
  @Test
  void untouchedSlicePassesOver() throws InterruptedException {
    int slice = sliceOf(7);
    log.sendAt(5, "{'id':'s1'," + HEAD + "," + keys(7) + "}");
    round();
    for (int other = 0; other < SLICES; other++) {
      assertEquals(other == slice ? 5 : 6, until(other));
    }
  }

  /** A range of tokens is answered by each slice it touches, even by one without rows. */
  @Test
  void eachTouchedSliceAnswers() throws InterruptedException {
    rows.keys.removeIf(key -> sliceOf(0) == new Slices(SLICES).of(FakeRows.token(key)));
    log.send("{'id':'s1'," + HEAD + ",'token_range':['-9223372036854775808','1']}");
    int taken = round().rows();
    commit();
    List<SourceRecord> answers = round().answers();
    assertEquals(3, answers.size());
    assertEquals(taken, answers.stream().mapToLong(a -> value(a).getInt64("rows")).sum());
    assertTrue(answers.stream().allMatch(a -> value(a).getInt32("slices") == 3));
    assertEquals(1, until(3));
  }

  /** Signals of a slice are answered in their order; the later one waits for the earlier. */
  @Test
  void answersKeepTheOrder() throws InterruptedException {
    int slice = sliceOf(7);
    log.send("{'id':'s1'," + HEAD + "," + keys(7) + "}");
    round();
    log.send("{'id':'s2'," + HEAD + "," + keys(7) + "}");
    assertEquals(1, round().rows());
    assertEquals(0, until(slice));
    commit();
    List<SourceRecord> answers = round().answers();
    assertEquals(List.of("s1", "s2"), answers.stream().map(SourceRecord::key).toList());
    assertEquals(
        List.of(1L, 2L), answers.stream().map(a -> a.sourceOffset().get("signals_until")).toList());
  }

  /** What a task that was restarted had not answered it serves again; what it had, not. */
  @Test
  void restartServesUnansweredSignalsAgain() throws InterruptedException {
    String first = "{'id':'s1'," + HEAD + "," + keys(7) + "}";
    String second = "{'id':'s2'," + HEAD + "," + keys(7) + "}";
    log.send(first);
    round();
    commit();
    assertEquals(1, round().answers().size());
    log.send(second);
    round();
    commit();
    // The answer to the second is not out when the task dies. Its successor reads both again.
    log.sendAt(0, first);
    log.send(second);
    start("2000");
    Done again = round();
    assertEquals(1, again.rows());
    assertEquals(List.of("s2"), again.taken().get(slice(sliceOf(7))).get(0).signals());
    commit();
    assertEquals("s2", round().answers().get(0).key());
  }

  /** A slice goes on where it stands, whichever task has it now, and beside slices further on. */
  @Test
  void eachSliceGoesOnWhereItStands() throws InterruptedException {
    String json = "{'id':'s1'," + HEAD + ",'token_range':['-9223372036854775808','0']}";
    progress.put(slice(0), SliceOffset.startingAt(10).withSignals(1));
    progress.put(slice(1), SliceOffset.startingAt(10).withSignals(0));
    start("2000");
    log.send(json);
    Map<SliceId, List<Request>> taken = round().taken();
    assertEquals(List.of(), taken.get(slice(0)));
    assertFalse(taken.get(slice(1)).isEmpty());
    // Another task has slice 1 after a rebalance, alone, and serves it once more.
    progress.keySet().removeIf(slice -> slice.slice() != 1);
    start("2000");
    log.sendAt(0, json);
    assertEquals(taken.get(slice(1)), round().taken().get(slice(1)));
    commit();
    assertEquals(1, round().answers().size());
  }

  /** No more rows a second than the rate says, over all slices; all come in the end. */
  @Test
  void rateIsKept() throws InterruptedException {
    start("40");
    log.send("{'id':'s1'," + HEAD + ",'token_range':[-9223372036854775808,9223372036854775807]}");
    int taken = 0;
    int rounds = 0;
    while (taken < 100) {
      int now = round().rows();
      assertTrue(now <= 20, now + " rows in a round");
      taken += now;
      rounds++;
    }
    // 20 at once, then 40 a second, in rounds of 300 ms.
    assertTrue(rounds >= 6 && rounds <= 9, rounds + " rounds");
    commit();
    round();
    assertTrue(progress.values().stream().allMatch(offset -> offset.signalsUntil() == 1));
  }

  /** All slices get their share of the rate. */
  @Test
  void slicesShareTheRate() throws InterruptedException {
    start("40");
    log.send("{'id':'s1'," + HEAD + ",'token_range':[-9223372036854775808,9223372036854775807]}");
    assertTrue(round().taken().values().stream().allMatch(taken -> taken.size() == 5));
  }

  /** What a failed round took is taken again, after a round without signals. */
  @Test
  void failedRoundIsMadeAgain() throws InterruptedException {
    log.send("{'id':'s1'," + HEAD + ",'token_range':[-9223372036854775808,9223372036854775807]}");
    log.send("{'id':'s2'," + HEAD + "," + keys(1, 2) + "}");
    rows.fail = true;
    assertThrows(IllegalStateException.class, this::take);
    assertEquals(0, round().rows());
    assertEquals(102, round().rows());
    commit();
    assertEquals(sliceOf(1) == sliceOf(2) ? 5 : 6, round().answers().size());
  }

  /** The more often rounds with signals fail, the more go without, so that the log is carried. */
  @Test
  void failingSignalsLetTheLogPass() throws InterruptedException {
    log.send("{'id':'s1'," + HEAD + "," + keys(1) + "}");
    int without = 0;
    for (int failure = 0; failure < 10; failure++) {
      int last = 0;
      while (take().values().stream().allMatch(List::isEmpty)) {
        signals.answers(Map.copyOf(progress));
        progress.forEach((slice, o) -> signals.emitted(slice, List.of(), 0));
        last++;
      }
      without = last;
    }
    assertEquals(16, without);
    assertEquals(0, signals.signalsUntil(slice(sliceOf(1)), progress.get(slice(sliceOf(1)))));
  }

  /** What is wrong with a signal says the slice 0 of its table, and nobody else. */
  @Test
  void malformedSignalIsAnsweredBySliceZero() throws InterruptedException {
    log.send("{'id':'s1'," + HEAD + ",'keys':[{'id':'seven','leg':'x'}]}");
    log.send("{'id':'s2'," + HEAD + "}");
    List<SourceRecord> answers = round().answers();
    assertEquals(List.of("s1", "s2"), answers.stream().map(SourceRecord::key).toList());
    for (SourceRecord answer : answers) {
      assertEquals(slice(0).toMap(), answer.sourcePartition());
      assertEquals(0, value(answer).getInt64("rows"));
      assertEquals(1, value(answer).getInt32("slices"));
    }
    assertTrue(value(answers.get(0)).getString("error").startsWith("keys[0]: column id (int)"));
    assertEquals(
        "expected either keys or token_range", value(answers.get(1)).getString("error"));
    assertTrue(progress.values().stream().allMatch(offset -> offset.signalsUntil() == 2));
    progress.remove(slice(0));
    start("2000");
    log.send("{'id':'s3'," + HEAD + ",'keys':[{'id':'seven','leg':'x'}]}");
    assertEquals(List.of(), round().answers());
  }

  /** What names another table, or is no signal at all, is passed over. */
  @Test
  void othersAreIgnored() throws InterruptedException {
    log.send("{'id':'s1','op':'reread','table':'ops.others','keys':[{'id':1}]}");
    log.send("{'id':'s1','op':'reread','table':'ops.others','keys':7}");
    log.send("no json");
    Done round = round();
    assertEquals(0, round.rows());
    assertEquals(List.of(), round.answers());
    assertTrue(progress.values().stream().allMatch(offset -> offset.signalsUntil() == 3));
  }

  /** Until the topic could be asked, nothing is served and nothing passed over. */
  @Test
  void unknownTopicIsWaitedFor() throws InterruptedException {
    log.bounds = Optional.empty();
    progress.replaceAll((slice, offset) -> offset.withSignals(3));
    start("2000");
    round();
    assertTrue(progress.values().stream().allMatch(offset -> offset.signalsUntil() == 3));
  }

  /** A topic that ends before what was answered was made anew: its signals are served. */
  @Test
  void newTopicIsServed() throws InterruptedException {
    progress.replaceAll((slice, offset) -> offset.withSignals(50));
    log.bounds = Optional.of(new SignalLog.Bounds(0, 1));
    start("2000");
    log.send("{'id':'s1'," + HEAD + "," + keys(7) + "}");
    assertEquals(1, round().rows());
    commit();
    assertEquals(1L, round().answers().get(0).sourceOffset().get("signals_until"));
  }

  /** A table that was stopped serves nothing and answers nothing; others go on. */
  @Test
  void stoppedTableIsSilent() throws InterruptedException {
    int id = 0;
    while (sliceOf(id) != 0) {
      id++;
    }
    SliceId other = new SliceId(new TableId("ops", "others"), 0);
    progress.put(other, SliceOffset.startingAt(10));
    start("2000");
    log.send("{'id':'s1'," + HEAD + "," + keys(id) + "}");
    log.send("{'id':'s2','op':'reread','table':'ops.others'," + keys(id) + "}");
    signals.stopped(slice(0), "it was dropped");
    Done round = round();
    assertEquals(List.of(), round.taken().get(slice(0)));
    assertEquals(1, round.taken().get(other).size());
    commit();
    assertEquals(List.of("s2"), round().answers().stream().map(SourceRecord::key).toList());
    assertEquals(0, until(0));
  }
}
