package io.deweather.pipeline;

import java.time.Duration;
import java.util.Objects;

/**
 * How a live source that went away is opened again: after {@code firstDelay}, then after twice that
 * and so on, up to {@code longestDelay}; a frame that comes sets it back.
 *
 * @param firstDelay before the first attempt; positive
 * @param longestDelay between two attempts; at least {@code firstDelay}
 * @param patience how long without a frame until the pipeline gives up: a source that broke off is
 *     then a {@code MediaException}, one that had ended has ended; zero never gives up
 */
public record Reopening(Duration firstDelay, Duration longestDelay, Duration patience) {
  /** 250 ms, doubling up to 8 s, for ever. */
  public static final Reopening DEFAULT =
      new Reopening(Duration.ofMillis(250), Duration.ofSeconds(8), Duration.ZERO);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one breaks its rule
   */
  public Reopening {
    Objects.requireNonNull(patience, "patience");
    if (firstDelay.isZero() || firstDelay.isNegative()) {
      throw new IllegalArgumentException("firstDelay (" + firstDelay + ") must be positive");
    }
    if (longestDelay.compareTo(firstDelay) < 0) {
      throw new IllegalArgumentException(
          "longestDelay (%s) must be at least firstDelay (%s)".formatted(longestDelay, firstDelay));
    }
    if (patience.isNegative()) {
      throw new IllegalArgumentException("patience (" + patience + ") must not be negative");
    }
  }
}
