package io.messina.connect.scylla.event;

import io.messina.connect.scylla.SourceConfig;
import io.messina.connect.scylla.cql.Column;
import io.messina.connect.scylla.cql.ColumnId;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.types.Codec;
import io.messina.connect.scylla.types.Masking;
import java.util.Set;

/** Which columns nobody behind the source may see, and what stands in their place. */
public final class Masks {

  /** No masks. */
  public static final Masks NONE = new Masks(Set.of(), Set.of(), null);

  private final Set<ColumnId> hashed;
  private final Set<ColumnId> nulled;
  private final Masking masking;

  private Masks(Set<ColumnId> hashed, Set<ColumnId> nulled, Masking masking) {
    this.hashed = hashed;
    this.nulled = nulled;
    this.masking = masking;
  }

  /** The masks of a configuration. */
  public static Masks of(SourceConfig config) {
    Set<ColumnId> hashed = config.hmacColumns();
    Masking masking = hashed.isEmpty() ? null : new Masking(config.maskKey());
    return new Masks(hashed, config.nullColumns(), masking);
  }

  /** How a column looks in Kafka. */
  Codec codec(TableSchema table, Column column) {
    Codec codec = table.codec(column);
    ColumnId id = new ColumnId(table.id(), column.name());
    if (column.isKey()) {
      return codec;
    }
    if (nulled.contains(id)) {
      return Masking.nulled(codec);
    }
    return hashed.contains(id) ? masking.hmac(codec) : codec;
  }
}
