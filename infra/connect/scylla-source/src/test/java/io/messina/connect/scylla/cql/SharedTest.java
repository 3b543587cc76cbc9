package io.messina.connect.scylla.cql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is opened once and used by many. */
class SharedTest {

  private final List<Object> closed = new ArrayList<>();
  private final Queue<Runnable> later = new ArrayDeque<>();
  private final Shared<String, Object> shared = new Shared<>(closed::add, later::add);

  /** Those of one key get the same; another key gets another. */
  @Test
  void oneIsOpenForEachKey() {
    Object first = shared.take("a", Object::new);
    assertSame(first, shared.take("a", Object::new));
    Object other = new Object();
    assertSame(other, shared.take("b", () -> other));
  }

  /** It is closed some time after the last user has left, not before. */
  @Test
  void theLastLeavesItToBeClosed() {
    Object one = shared.take("a", Object::new);
    shared.take("a", Object::new);
    shared.giveBack("a");
    assertEquals(0, later.size());
    shared.giveBack("a");
    assertEquals(List.of(), closed);
    later.remove().run();
    assertEquals(List.of(one), closed);
  }

  /** Who comes while it lingers gets it, and it stays; who comes later gets a new one. */
  @Test
  void whoComesInTimeKeepsIt() {
    Object one = shared.take("a", Object::new);
    shared.giveBack("a");
    assertSame(one, shared.take("a", Object::new));
    later.remove().run();
    assertEquals(List.of(), closed);
    shared.giveBack("a");
    later.remove().run();
    assertEquals(List.of(one), closed);
    Object two = new Object();
    assertSame(two, shared.take("a", () -> two));
  }

  /** One that was used meanwhile lingers anew, from its last use on. */
  @Test
  void aVisitMeanwhileBeginsTheTimeAnew() {
    shared.take("a", Object::new);
    shared.giveBack("a");
    shared.take("a", Object::new);
    shared.giveBack("a");
    later.remove().run();
    assertEquals(0, closed.size());
    later.remove().run();
    assertEquals(1, closed.size());
  }

  /** A failure to open is everybody's, and the next one tries again. */
  @Test
  void aFailureIsNotKept() {
    IllegalStateException refused = new IllegalStateException("no");
    Exception met =
        assertThrows(
            IllegalStateException.class,
            () ->
                shared.take(
                    "a",
                    () -> {
                      throw refused;
                    }));
    assertSame(refused, met);
    Object one = new Object();
    assertSame(one, shared.take("a", () -> one));
  }

  /** Many who come at once wait for the one that opens. */
  @Test
  void itIsOpenedOnceForAllWhoComeAtOnce() throws Exception {
    AtomicInteger opened = new AtomicInteger();
    CountDownLatch go = new CountDownLatch(1);
    List<CompletableFuture<Object>> found = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      found.add(
          CompletableFuture.supplyAsync(
              () ->
                  shared.take(
                      "a",
                      () -> {
                        opened.incrementAndGet();
                        await(go);
                        return "it";
                      })));
    }
    go.countDown();
    for (CompletableFuture<Object> one : found) {
      assertEquals("it", one.get(10, TimeUnit.SECONDS));
    }
    assertEquals(1, opened.get());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
