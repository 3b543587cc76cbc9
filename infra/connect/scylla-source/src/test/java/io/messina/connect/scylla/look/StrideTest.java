package io.messina.connect.scylla.look;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.messina.connect.scylla.cql.Window;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StrideTest {

  /** No window is shorter than the shortest, as long as windows fit in memory. */
  @Test
  void shortWindowsWait() {
    assertTrue(new Stride(300).next(1_000, 1_299).isEmpty());
    assertEquals(Optional.of(new Window(1_000, 1_300)), new Stride(300).next(1_000, 1_300));
  }

  /** A look that is a little late takes all that is due at once. */
  @Test
  void lateLookCatchesUp() {
    assertEquals(Optional.of(new Window(1_000, 2_100)), new Stride(300).next(1_000, 2_100));
  }

  /** Far behind, windows grow while rows are few, and shrink when they are many. */
  @Test
  void windowsGrowAndShrink() {
    Stride stride = new Stride(300);
    assertEquals(3_000, length(stride));
    stride.observe(10, false);
    assertEquals(6_000, length(stride));
    stride.observe(100_000, false);
    assertEquals(3_000, length(stride));
    for (int i = 0; i < 20; i++) {
      stride.observe(100_000, false);
    }
    assertEquals(300, length(stride));
  }

  /** Windows that do not fit in memory become as short as it takes, and long again afterwards. */
  @Test
  void windowsAreDivided() {
    Stride stride = new Stride(300_000);
    assertEquals(3_000_000, length(stride));
    assertTrue(stride.shorten());
    assertEquals(750_000, length(stride));
    int divided = 1;
    while (stride.shorten()) {
      length(stride);
      divided++;
    }
    assertEquals(6, divided);
    assertEquals(1_000, length(stride));
    stride.observe(10, true);
    assertEquals(1_000, length(stride));
    stride.observe(10, false);
    assertEquals(2_000, length(stride));
  }

  /** Where nothing was due there is nothing to divide. */
  @Test
  void nothingIsNotDivided() {
    Stride stride = new Stride(300_000);
    assertTrue(stride.next(0, 299_999).isEmpty());
    assertTrue(!stride.shorten());
  }

  /** A window ends after it begins, and has its first microsecond but not its last. */
  @Test
  void windowIsHalfOpen() {
    assertTrue(new Window(5, 7).contains(5));
    assertTrue(!new Window(5, 7).contains(7));
    assertThrows(IllegalArgumentException.class, () -> new Window(7, 5));
  }

  private static long length(Stride stride) {
    Window window = stride.next(0, 1_000_000_000).orElseThrow();
    return window.to() - window.from();
  }
}
