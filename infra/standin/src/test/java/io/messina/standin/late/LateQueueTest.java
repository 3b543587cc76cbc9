package io.messina.standin.late;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LateQueueTest {

  private final LateQueue<String, Integer> queue = new LateQueue<>();

  /** Things of different keys come out by the time at which they are due. */
  @Test
  void ordersByTheTimeDue() {
    queue.put("a", 20, 1);
    queue.put("b", 10, 2);
    assertEquals(10, queue.nextDue());
    assertEquals(List.of(2, 1), drain());
    assertEquals(Long.MAX_VALUE, queue.nextDue());
  }

  /** A thing never overtakes an earlier one of its key, however much shorter its delay is. */
  @Test
  void keepsTheOrderOfAKey() {
    queue.put("a", 20, 1);
    queue.put("a", 5, 2);
    queue.put("a", 20, 3);
    queue.put("b", 10, 4);
    assertEquals(List.of(4, 1, 2, 3), drain());
  }

  /** A key has something pending until all that was put in is done, not only taken out. */
  @Test
  void isPendingUntilDone() {
    queue.put("a", 1, 1);
    queue.put("a", 1, 2);
    var first = queue.take();
    var second = queue.take();
    queue.done(first);
    assertTrue(queue.isPending("a"));
    queue.done(second);
    assertFalse(queue.isPending("a"));
  }

  private List<Integer> drain() {
    List<Integer> things = new ArrayList<>();
    while (queue.nextDue() != Long.MAX_VALUE) {
      var entry = queue.take();
      things.add(entry.thing());
      queue.done(entry);
    }
    return things;
  }
}
