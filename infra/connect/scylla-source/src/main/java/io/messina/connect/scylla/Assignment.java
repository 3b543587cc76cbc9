package io.messina.connect.scylla;

import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.offset.SliceId;
import java.util.ArrayList;
import java.util.List;

/**
 * Deals the slices of all tables out to tasks, neighbours together, since they share streams of the
 * log.
 *
 * <p>Where there are as many tasks as tables, each task has slices of one table only: what ends one
 * table's task leaves the others alone. Where there are fewer, each table has one task only.
 */
final class Assignment {

  private Assignment() {}

  /** One list per task; no task is without a slice. */
  static List<List<SliceId>> of(List<TableId> tables, int slices, int maxTasks) {
    int tasks = Math.max(1, maxTasks);
    List<List<SliceId>> dealt = new ArrayList<>();
    if (tasks < tables.size()) {
      for (int task = 0; task < tasks; task++) {
        List<SliceId> owned = new ArrayList<>();
        for (TableId table : part(tables, task, tasks)) {
          owned.addAll(all(table, slices));
        }
        dealt.add(List.copyOf(owned));
      }
      return dealt;
    }
    for (int table = 0; table < tables.size(); table++) {
      List<SliceId> all = all(tables.get(table), slices);
      // The first tables get what does not divide.
      int share = tasks / tables.size() + (table < tasks % tables.size() ? 1 : 0);
      int parts = Math.min(share, slices);
      for (int part = 0; part < parts; part++) {
        dealt.add(List.copyOf(part(all, part, parts)));
      }
    }
    return dealt;
  }

  private static List<SliceId> all(TableId table, int slices) {
    List<SliceId> all = new ArrayList<>();
    for (int slice = 0; slice < slices; slice++) {
      all.add(new SliceId(table, slice));
    }
    return all;
  }

  /** The p-th of n parts that differ by one at most. */
  private static <T> List<T> part(List<T> all, int part, int parts) {
    int from = (int) ((long) all.size() * part / parts);
    int to = (int) ((long) all.size() * (part + 1) / parts);
    return all.subList(from, to);
  }
}
