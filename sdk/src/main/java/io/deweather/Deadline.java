package io.deweather;

import java.time.Duration;
import java.util.Objects;

/**
 * Until when a frame has to be answered.
 *
 * @param start when the call came, of {@link System#nanoTime()}
 * @param nanos how long it may take; {@link Long#MAX_VALUE} for as long as it takes
 */
record Deadline(long start, long nanos) {

  static Deadline none() {
    return new Deadline(System.nanoTime(), Long.MAX_VALUE);
  }

  /** From now; none if the duration is null. */
  static Deadline in(Duration duration) {
    return duration == null ? none() : new Deadline(System.nanoTime(), saturated(duration));
  }

  /**
   * Checks what a caller gave.
   *
   * @throws IllegalArgumentException unless it is positive
   */
  static Duration check(Duration deadline) {
    if (Objects.requireNonNull(deadline, "deadline").isNegative() || deadline.isZero()) {
      throw new IllegalArgumentException("deadline (" + deadline + ") must be positive");
    }
    return deadline;
  }

  private static long saturated(Duration duration) {
    // A century from now is beyond what differences of nanoTime() can say.
    return duration.compareTo(Duration.ofDays(36500)) > 0 ? Long.MAX_VALUE : duration.toNanos();
  }

  boolean exists() {
    return nanos != Long.MAX_VALUE;
  }

  /** Not positive once it has passed. */
  long remaining() {
    return exists() ? nanos - (System.nanoTime() - start) : Long.MAX_VALUE;
  }
}
