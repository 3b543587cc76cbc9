package io.messina.connect.scylla.signal;

import com.fasterxml.jackson.databind.JsonNode;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.ring.Murmur3;
import io.messina.connect.scylla.ring.Slices;
import io.messina.connect.scylla.ring.TokenRange;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** A signal as its table understands it: which slices it touches, and what it asks of each. */
final class Wanted {

  private final Signal signal;
  private final Slices ring;
  private final RowKey.Kind kind;
  private final Map<Integer, Set<RowKey>> keys = new TreeMap<>();

  private Wanted(Signal signal, Slices ring) {
    this.signal = signal;
    this.ring = ring;
    this.kind = signal.statics() ? RowKey.Kind.STATIC : RowKey.Kind.ROW;
  }

  /** Reads a signal's keys with the columns of its table. */
  static Wanted of(Signal signal, TableSchema table, Slices ring) throws MalformedSignalException {
    Wanted wanted = new Wanted(signal, ring);
    if (signal.statics() && !table.hasStatics()) {
      throw wanted.wrong("static: the table has no static columns");
    }
    SignalKeys parser = new SignalKeys(table, wanted.kind);
    int partitionColumns = table.partitionKey().size();
    for (int i = 0; i < signal.keys().size(); i++) {
      RowKey key = wanted.key(parser, signal.keys().get(i), i);
      int slice = ring.of(Murmur3.token(key.parts().subList(0, partitionColumns)));
      wanted.keys.computeIfAbsent(slice, s -> new LinkedHashSet<>()).add(key);
    }
    return wanted;
  }

  private RowKey key(SignalKeys parser, JsonNode json, int index) throws MalformedSignalException {
    try {
      return parser.parse(json);
    } catch (IllegalArgumentException e) {
      throw wrong("keys[" + index + "]: " + e.getMessage());
    }
  }

  private MalformedSignalException wrong(String reason) {
    return new MalformedSignalException(signal.id(), signal.table(), reason);
  }

  /** Whether it asks for rows or static rows. */
  RowKey.Kind kind() {
    return kind;
  }

  /** How many slices it touches. */
  int slices() {
    return signal.tokens() == null
        ? keys.size()
        : ring.of(signal.tokens().last()) - ring.of(signal.tokens().first()) + 1;
  }

  /** The rows that it asks for in a slice, or nothing where it does not touch it. */
  Optional<Cursor> in(int slice) {
    if (signal.tokens() == null) {
      return Optional.ofNullable(keys.get(slice)).map(of -> Cursor.over(List.copyOf(of)));
    }
    TokenRange whole = ring.range(slice);
    long first = Math.max(whole.first(), signal.tokens().first());
    long last = Math.min(whole.last(), signal.tokens().last());
    return first > last
        ? Optional.empty()
        : Optional.of(Cursor.over(new TokenRange(first, last), kind));
  }
}
