package io.messina.connect.scylla.signal;

import io.messina.connect.scylla.cql.RowKey;
import io.messina.connect.scylla.cql.TableSource;
import java.util.List;

/** Goes over keys that are known. */
final class KeyCursor implements Cursor {

  private final List<RowKey> keys;
  private int kept;
  private int taken;

  KeyCursor(List<RowKey> keys) {
    this.keys = keys;
  }

  @Override
  public List<RowKey> take(TableSource source, int most) {
    taken = Math.min(most, keys.size() - kept);
    return keys.subList(kept, kept + taken);
  }

  @Override
  public void keep() {
    kept += taken;
    taken = 0;
  }

  @Override
  public void back() {
    taken = 0;
  }

  @Override
  public boolean isFinished() {
    return kept == keys.size();
  }

  @Override
  public boolean queries() {
    return false;
  }
}
