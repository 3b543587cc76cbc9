package io.messina.connect.scylla.signal;

import io.messina.connect.scylla.cql.KeyPage;
import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.RowState;
import io.messina.connect.scylla.cql.TableSchema;
import io.messina.connect.scylla.cql.TableSource;
import io.messina.connect.scylla.ring.Murmur3;
import io.messina.connect.scylla.ring.TokenRange;
import java.util.List;
import java.util.Optional;

/**
 * Goes over the keys that a table has in a range of tokens, page by page.
 *
 * <p>After a failure, and where the table was altered, it goes on from the last key's token: rows of
 * that partition may come twice.
 */
final class RangeCursor implements Cursor {

  private static final int EMPTY_PAGES = 8;

  private final RowKey.Kind kind;
  private TokenRange range;
  private long resume;
  private TableSchema schema;
  private Optional<KeyPage.Position> next = Optional.empty();
  private KeyPage taken;
  private boolean finished;

  RangeCursor(TokenRange range, RowKey.Kind kind) {
    this.range = range;
    this.resume = range.first();
    this.kind = kind;
  }

  @Override
  public List<RowKey> take(TableSource source, int most) {
    TableSchema now = source.schema();
    if (!now.equals(schema)) {
      back();
      schema = now;
    }
    KeyPage page = source.keys(range, kind, next, most);
    for (int i = 1; i < EMPTY_PAGES && page.keys().isEmpty() && page.next().isPresent(); i++) {
      page = source.keys(range, kind, page.next(), most);
    }
    taken = page;
    return page.keys();
  }

  @Override
  public Optional<RowState> read(RowKey key) {
    return Optional.ofNullable(taken).map(page -> page.rows().get(key));
  }

  @Override
  public void keep() {
    if (taken != null) {
      next = taken.next();
      finished = next.isEmpty();
      if (!taken.keys().isEmpty()) {
        RowKey last = taken.keys().get(taken.keys().size() - 1);
        int columns = schema.partitionKey().size();
        resume = Murmur3.token(last.parts().subList(0, columns));
      }
      taken = null;
    }
  }

  @Override
  public void back() {
    taken = null;
    next = Optional.empty();
    range = new TokenRange(resume, range.last());
  }

  @Override
  public boolean isFinished() {
    return finished;
  }

  @Override
  public boolean queries() {
    return true;
  }
}
