package io.messina.connect.scylla.cql;

import java.util.List;
import java.util.Optional;

/**
 * Some keys of a range of tokens, and where to go on.
 *
 * @param keys the keys, by token; there may be none although more follow
 * @param next where the next page begins, for the same range and kind only; nothing after the last
 */
public record KeyPage(List<RowKey> keys, Optional<Position> next) {

  /** A place between two pages, good while the table is not altered. */
  public interface Position {}
}
