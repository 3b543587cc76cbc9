package io.messina.connect.scylla.signal;

import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.ring.Slices;

/** A signal, or a refused one, that several slices of a task serve: its keys are read once. */
final class SharedSignal {

  private final String id;
  private final TableId table;
  private final Signal signal;
  private Wanted wanted;
  private MalformedSignalException refusal;

  /** A signal whose keys are not read yet. */
  SharedSignal(Signal signal) {
    this.id = signal.id();
    this.table = signal.table();
    this.signal = signal;
  }

  /** A signal that is none. */
  SharedSignal(String id, TableId table, MalformedSignalException refusal) {
    this.id = id;
    this.table = table;
    this.signal = null;
    this.refusal = refusal;
  }

  /** What it asks for, as its table understands it. */
  Wanted wanted(TableSource source, Slices ring) throws MalformedSignalException {
    if (wanted == null && refusal == null) {
      try {
        wanted = Wanted.of(signal, source.schema(), ring);
      } catch (MalformedSignalException e) {
        refusal = e;
      }
    }
    if (refusal != null) {
      throw refusal;
    }
    return wanted;
  }

  String id() {
    return id;
  }

  TableId table() {
    return table;
  }

  /** How much of a task's patience it takes: its keys, or one for a range. */
  int weight() {
    return signal == null ? 1 : Math.max(1, signal.keys().size());
  }

  /** How many slices answer it. */
  int slices() {
    return wanted == null ? 1 : wanted.slices();
  }

  /** Whether its rows are static ones. */
  RowKey.Kind kind() {
    return wanted == null ? RowKey.Kind.ROW : wanted.kind();
  }
}
