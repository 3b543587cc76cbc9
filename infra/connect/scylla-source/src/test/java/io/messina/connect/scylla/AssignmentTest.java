package io.messina.connect.scylla;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.cql.TableId;
import io.messina.connect.scylla.offset.SliceId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AssignmentTest {

  private interface Rule {
    void hold(List<List<SliceId>> dealt, int tables, int slices, int tasks);
  }

  private static void everywhere(Rule rule) {
    for (int tables = 1; tables <= 7; tables++) {
      List<TableId> names =
          IntStream.range(0, tables).mapToObj(i -> new TableId("ks", "t" + i)).toList();
      for (int slices = 1; slices <= 9; slices++) {
        for (int tasks = 1; tasks <= 70; tasks++) {
          rule.hold(Assignment.of(names, slices, tasks), tables, slices, tasks);
        }
      }
    }
  }

  private static int tablesOf(List<SliceId> slices) {
    return (int) slices.stream().map(SliceId::table).distinct().count();
  }

  /** Each slice of each table belongs to exactly one task. */
  @Test
  void everySliceHasOneTask() {
    everywhere(
        (dealt, tables, slices, tasks) -> {
          Set<SliceId> owned = new HashSet<>();
          assertTrue(dealt.stream().flatMap(List::stream).allMatch(owned::add));
          assertEquals(tables * slices, owned.size());
        });
  }

  /** There are as many tasks as are wanted and can have a slice, and none is idle. */
  @Test
  void noTaskIsIdle() {
    everywhere(
        (dealt, tables, slices, tasks) -> {
          assertEquals(Math.min(tasks, tables * slices), dealt.size());
          assertTrue(dealt.stream().noneMatch(List::isEmpty));
        });
  }

  /** With a task for each table, no task has slices of two; with fewer, no table has two tasks. */
  @Test
  void tablesAreApart() {
    everywhere(
        (dealt, tables, slices, tasks) -> {
          if (tasks >= tables) {
            assertTrue(dealt.stream().allMatch(owned -> tablesOf(owned) == 1));
          } else {
            assertTrue(dealt.stream().allMatch(owned -> owned.size() == slices * tablesOf(owned)));
          }
        });
  }

  /** Tasks that share a table differ by one slice at most; those of several, by one table. */
  @Test
  void loadIsEven() {
    everywhere(
        (dealt, tables, slices, tasks) -> {
          int most = dealt.stream().mapToInt(List::size).max().orElseThrow();
          int least = dealt.stream().mapToInt(List::size).min().orElseThrow();
          if (tasks < tables) {
            assertTrue(most - least <= slices);
          } else if (tasks % tables == 0) {
            assertTrue(most - least <= 1);
          }
        });
  }

  /** A task's slices of a table are neighbours. */
  @Test
  void neighboursAreTogether() {
    everywhere(
        (dealt, tables, slices, tasks) -> {
          for (List<SliceId> owned : dealt) {
            for (int i = 1; i < owned.size(); i++) {
              boolean same = owned.get(i).table().equals(owned.get(i - 1).table());
              assertTrue(!same || owned.get(i).slice() == owned.get(i - 1).slice() + 1);
            }
          }
        });
  }
}
