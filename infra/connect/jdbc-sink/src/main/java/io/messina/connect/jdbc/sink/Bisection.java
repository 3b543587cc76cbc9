package io.messina.connect.jdbc.sink;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * Writes a batch, and finds the records that Postgres rejects.
 *
 * <p>A batch that fails on data is halved until the records that fail alone are known; all others
 * are written, and those of one key in their order. A record that failed alone is tried once more
 * when all others are in, as it may have needed one of them (a foreign key, say), unless a newer
 * one of its key came behind it: that one counts, and it no longer matters.
 *
 * @param <R> a record
 */
final class Bisection<R> {

  /** Writes records, all or (but for repeatable parts) none. */
  @FunctionalInterface
  interface Writer<R> {

    /**
     * Writes records in their order.
     *
     * @throws WriteException if it fails
     */
    void write(List<R> records) throws WriteException;
  }

  /** A record that fails alone, and why. */
  record Rejected<R>(R record, Failure failure) {}

  /**
   * What became of a batch.
   *
   * @param written how many records are in, or were made needless by newer ones
   * @param rejected those that fail alone, in their order
   */
  record Outcome<R>(int written, List<Rejected<R>> rejected) {}

  /** Tells which row a record is about. */
  @FunctionalInterface
  interface Keys<R> {
    Object keyOf(R record);
  }

  private final Writer<R> writer;
  private final Keys<R> keys;

  Bisection(Writer<R> writer, Keys<R> keys) {
    this.writer = writer;
    this.keys = keys;
  }

  /**
   * Writes a batch.
   *
   * @throws WriteException if it is not for the data of single records
   */
  Outcome<R> write(List<R> records) throws WriteException {
    List<Rejected<R>> alone = new ArrayList<>();
    halve(records, alone);
    if (alone.isEmpty()) {
      return new Outcome<>(records.size(), List.of());
    }
    List<Rejected<R>> rejected = new ArrayList<>();
    Set<R> overtaken = overtaken(records, alone);
    for (Rejected<R> one : alone) {
      if (!overtaken.contains(one.record())) {
        try {
          writer.write(List.of(one.record()));
        } catch (WriteException e) {
          rejected.add(new Rejected<>(one.record(), ofData(e)));
        }
      }
    }
    return new Outcome<>(records.size() - rejected.size(), rejected);
  }

  private void halve(List<R> records, List<Rejected<R>> alone) throws WriteException {
    if (records.isEmpty()) {
      return;
    }
    try {
      writer.write(records);
    } catch (WriteException e) {
      Failure failure = ofData(e);
      if (records.size() == 1) {
        alone.add(new Rejected<>(records.get(0), failure));
        return;
      }
      int middle = records.size() / 2;
      halve(records.subList(0, middle), alone);
      halve(records.subList(middle, records.size()), alone);
    }
  }

  private static Failure ofData(WriteException e) throws WriteException {
    if (e.failure().kind() != Failure.Kind.DATA) {
      throw e;
    }
    return e.failure();
  }

  /** Those of the failed records behind which another one of the same key came. */
  private Set<R> overtaken(List<R> records, List<Rejected<R>> alone) {
    Set<R> failed = Collections.newSetFromMap(new IdentityHashMap<>());
    alone.forEach(one -> failed.add(one.record()));
    Set<R> found = Collections.newSetFromMap(new IdentityHashMap<>());
    Set<Object> later = new HashSet<>();
    for (int i = records.size() - 1; i >= 0; i--) {
      R record = records.get(i);
      if (!later.add(keys.keyOf(record)) && failed.contains(record)) {
        found.add(record);
      }
    }
    return found;
  }
}
