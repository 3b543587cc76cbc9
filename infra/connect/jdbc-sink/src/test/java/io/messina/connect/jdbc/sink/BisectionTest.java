package io.messina.connect.jdbc.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BisectionTest {

  /** A write of a value to a key; poison is rejected, and so is one whose parent is not there. */
  private record Write(int number, int key, String value, boolean poison, Integer parent) {}

  /** A table: a batch is written whole or not at all. */
  private static final class Table implements Bisection.Writer<Write> {
    final Map<Integer, String> rows = new HashMap<>();
    final List<Integer> order = new ArrayList<>();
    int tries;
    int failAt = -1;
    Failure.Kind failure = Failure.Kind.OUTAGE;

    @Override
    public void write(List<Write> records) throws WriteException {
      if (tries++ == failAt) {
        throw failed(failure);
      }
      Set<Integer> there = new HashSet<>(rows.keySet());
      records.forEach(one -> there.add(one.key()));
      for (Write one : records) {
        if (one.poison() || one.parent() != null && !there.contains(one.parent())) {
          throw failed(Failure.Kind.DATA);
        }
      }
      for (Write one : records) {
        rows.put(one.key(), one.value());
        order.add(one.number());
      }
    }

    private static WriteException failed(Failure.Kind kind) {
      return new WriteException(new Failure(kind, "22000", "no", null, null, null), null);
    }
  }

  private static Write good(int number) {
    return new Write(number, number, "v" + number, false, null);
  }

  private static Write poison(int number) {
    return new Write(number, number, "v" + number, true, null);
  }

  private static Bisection.Outcome<Write> write(Table table, List<Write> batch)
      throws WriteException {
    return new Bisection<>(table, Write::key).write(batch);
  }

  private static List<Integer> numbers(Bisection.Outcome<Write> outcome) {
    return outcome.rejected().stream().map(one -> one.record().number()).toList();
  }

  /** A batch without poison is written at once. */
  @Test
  void goodBatchesAreWrittenAtOnce() throws WriteException {
    Table table = new Table();
    Bisection.Outcome<Write> outcome = write(table, List.of(good(1), good(2), good(3)));
    assertEquals(List.of(), outcome.rejected());
    assertEquals(3, outcome.written());
    assertEquals(1, table.tries);
  }

  /** Five poison rows among a thousand: 995 are written, five rejected, in some hundred tries. */
  @Test
  void poisonIsFoundAmongGood() throws WriteException {
    Table table = new Table();
    Set<Integer> bad = Set.of(0, 17, 500, 501, 999);
    List<Write> batch = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      batch.add(bad.contains(i) ? poison(i) : good(i));
    }
    Bisection.Outcome<Write> outcome = write(table, batch);
    assertEquals(List.of(0, 17, 500, 501, 999), numbers(outcome));
    assertEquals(995, outcome.written());
    assertEquals(995, table.rows.size());
    assertTrue(table.tries < 120, "tries: " + table.tries);
  }

  /** Whatever is rejected, the writes of one key are made in their order. */
  @Test
  void orderOfKeysIsKept() throws WriteException {
    Random random = new Random(7);
    for (int run = 0; run < 300; run++) {
      Table table = new Table();
      List<Write> batch = new ArrayList<>();
      Map<Integer, String> wanted = new HashMap<>();
      Set<Integer> lastIsPoison = new HashSet<>();
      for (int i = 0; i < 60; i++) {
        int key = random.nextInt(15);
        boolean bad = random.nextInt(8) == 0;
        batch.add(new Write(i, key, "v" + i, bad, null));
        if (bad) {
          lastIsPoison.add(key);
        } else {
          wanted.put(key, "v" + i);
          lastIsPoison.remove(key);
        }
      }
      Bisection.Outcome<Write> outcome = write(table, batch);
      assertEquals(wanted, table.rows);
      Set<Integer> rejected = new HashSet<>();
      outcome.rejected().forEach(one -> rejected.add(one.record().key()));
      assertEquals(lastIsPoison, rejected);
    }
  }

  /** A poison record behind which a good one of its key came is no loss, and is not reported. */
  @Test
  void whatIsOvertakenIsNotRejected() throws WriteException {
    Table table = new Table();
    Write older = new Write(1, 5, "old", true, null);
    Write newer = new Write(2, 5, "new", false, null);
    assertEquals(List.of(), numbers(write(table, List.of(older, newer, good(9)))));
    assertEquals("new", table.rows.get(5));
  }

  /** A child before its parent is written, though a poison row tears their batch apart. */
  @Test
  void whatNeedsAnotherRecordIsTriedAgain() throws WriteException {
    Table table = new Table();
    Write child = new Write(1, 1, "child", false, 4);
    Bisection.Outcome<Write> outcome =
        write(table, List.of(child, good(2), poison(3), good(4)));
    assertEquals(List.of(3), numbers(outcome));
    assertEquals("child", table.rows.get(1));
  }

  /** An orphan is rejected when all others are in. */
  @Test
  void orphansAreRejected() throws WriteException {
    Table table = new Table();
    Write orphan = new Write(1, 1, "orphan", false, 77);
    assertEquals(List.of(1), numbers(write(table, List.of(orphan, good(2)))));
  }

  /** An outage in the middle of the search is an outage, and no record is at fault. */
  @Test
  void anOutageIsNoRecordsFault() {
    for (int at = 0; at < 6; at++) {
      Table table = new Table();
      table.failAt = at;
      List<Write> batch = List.of(good(1), poison(2), good(3), good(4));
      int tries = at;
      WriteException thrown =
          assertThrows(WriteException.class, () -> write(table, batch), () -> "at try " + tries);
      assertEquals(Failure.Kind.OUTAGE, thrown.failure().kind());
    }
  }

  /** What the settings are at fault for is not looked for in records. */
  @Test
  void settingsAreNoRecordsFault() {
    Table table = new Table();
    table.failAt = 0;
    table.failure = Failure.Kind.SETTING;
    assertThrows(WriteException.class, () -> write(table, List.of(good(1), good(2))));
    assertEquals(1, table.tries);
  }
}
