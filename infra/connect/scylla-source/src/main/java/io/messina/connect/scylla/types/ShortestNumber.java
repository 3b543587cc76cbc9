package io.messina.connect.scylla.types;

import com.fasterxml.jackson.core.io.NumberOutput;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.function.Predicate;

/**
 * The shortest decimal number that reads back as the same float or double, the nearest of these,
 * written as ECMAScript does (and so RFC 8785): {@code 0.1}, {@code 100}, {@code 1e+21}, {@code
 * 1.5e-7}.
 */
final class ShortestNumber {

  private static final int PLAIN_UPTO = 21;
  private static final int PLAIN_FROM = -6;

  private ShortestNumber() {}

  static String of(float value) {
    BigDecimal shortest = new BigDecimal(NumberOutput.toString(value, true));
    return text(oneDigit(shortest, new BigDecimal(value), d -> d.floatValue() == value));
  }

  static String of(double value) {
    BigDecimal shortest = new BigDecimal(NumberOutput.toString(value, true));
    return text(oneDigit(shortest, new BigDecimal(value), d -> d.doubleValue() == value));
  }

  /** Java's way of writing has two digits at least: where one does, as in 5e-324, it is that. */
  private static BigDecimal oneDigit(
      BigDecimal shortest, BigDecimal exact, Predicate<BigDecimal> same) {
    BigDecimal stripped = shortest.stripTrailingZeros();
    if (stripped.precision() != 2) {
      return stripped;
    }
    BigDecimal best = stripped;
    for (RoundingMode mode : new RoundingMode[] {RoundingMode.DOWN, RoundingMode.UP}) {
      BigDecimal one = exact.round(new MathContext(1, mode));
      if (same.test(one) && (best == stripped || nearer(one, best, exact))) {
        best = one.stripTrailingZeros();
      }
    }
    return best;
  }

  private static boolean nearer(BigDecimal one, BigDecimal other, BigDecimal exact) {
    return one.subtract(exact).abs().compareTo(other.subtract(exact).abs()) < 0;
  }

  private static String text(BigDecimal number) {
    if (number.signum() == 0) {
      return "0";
    }
    String digits = number.unscaledValue().abs().toString();
    int count = digits.length();
    int point = count - number.scale();
    StringBuilder text = new StringBuilder(number.signum() < 0 ? "-" : "");
    if (point > PLAIN_UPTO || point <= PLAIN_FROM) {
      text.append(digits.charAt(0));
      if (count > 1) {
        text.append('.').append(digits, 1, count);
      }
      return text.append(point > 0 ? "e+" : "e").append(point - 1).toString();
    }
    if (point <= 0) {
      return text.append("0.").append("0".repeat(-point)).append(digits).toString();
    }
    if (point >= count) {
      return text.append(digits).append("0".repeat(point - count)).toString();
    }
    return text.append(digits, 0, point).append('.').append(digits, point, count).toString();
  }
}
