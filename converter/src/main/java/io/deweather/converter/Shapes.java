package io.deweather.converter;

import java.util.Arrays;

/** The arithmetic of array shapes. */
final class Shapes {
  private Shapes() {}

  /**
   * How many elements an array of this shape has; 1 for a single number.
   *
   * @throws ArithmeticException if that is more than a long holds
   */
  static long elements(long... shape) {
    long elements = 1;
    for (long n : shape) {
      elements = Math.multiplyExact(elements, n);
    }
    return elements;
  }

  /** The shape as people write it: {@code [32, 16, 3, 3]}. */
  static String text(long... shape) {
    return Arrays.toString(shape);
  }
}
