package io.deweather;

import java.time.Duration;

/**
 * Whether frames of different calls share runs.
 *
 * @param most frames in a run; 1 for never
 * @param waitNanos how long a frame waits for others at most
 */
record Batching(int most, long waitNanos) {
  static final Batching NONE = new Batching(1, 0);

  /**
   * Checks what a caller gave.
   *
   * @throws IllegalArgumentException unless there is at least one frame and the wait not negative
   */
  static Batching of(int most, Duration wait) {
    if (most < 1) {
      throw new IllegalArgumentException("batch: most (" + most + ") must be at least 1");
    }
    if (wait.isNegative() || wait.compareTo(Duration.ofMinutes(1)) > 0) {
      throw new IllegalArgumentException("batch: wait (" + wait + ") must be from 0 to 1 minute");
    }
    return new Batching(most, wait.toNanos());
  }
}
