package io.messina.connect.scylla;

import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.offset.SliceId;
import java.util.ArrayList;
import java.util.List;

/**
 * Deals the slices of all tables out to tasks, neighbours together, since they share streams of the
 * log.
 */
final class Assignment {

  private Assignment() {}

  /** One list per task; no task is without a slice. */
  static List<List<SliceId>> of(List<TableId> tables, int slices, int maxTasks) {
    List<SliceId> all = new ArrayList<>();
    for (TableId table : tables) {
      for (int slice = 0; slice < slices; slice++) {
        all.add(new SliceId(table, slice));
      }
    }
    int tasks = Math.min(Math.max(1, maxTasks), all.size());
    List<List<SliceId>> dealt = new ArrayList<>();
    for (int task = 0; task < tasks; task++) {
      int from = (int) ((long) all.size() * task / tasks);
      int to = (int) ((long) all.size() * (task + 1) / tasks);
      dealt.add(List.copyOf(all.subList(from, to)));
    }
    return dealt;
  }
}
