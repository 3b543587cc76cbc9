package io.messina.connect.scylla.cql;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Some keys of a range of tokens, with their rows as they stood just then, and where to go on.
 *
 * @param keys the keys, by token; there may be none although more follow
 * @param rows the rows of keys, as far as they came with them
 * @param next where the next page begins, for the same range and kind only; nothing after the last
 */
public record KeyPage(
    List<RowKey> keys, Map<RowKey, RowState> rows, Optional<Position> next) {

  /** Keys alone. */
  public KeyPage(List<RowKey> keys, Optional<Position> next) {
    this(keys, Map.of(), next);
  }

  /** A place between two pages, good while the table is not altered. */
  public interface Position {}
}
