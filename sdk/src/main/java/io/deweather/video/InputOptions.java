package io.deweather.video;

import java.time.Duration;

/**
 * How a source is opened.
 *
 * @param decoderThreads how many threads a clip's decoder uses; more than a few only add delay and
 *     memory, and take cores from inference
 * @param timeout how long to wait for a network stream, when it is opened and for each frame; zero
 *     waits for ever. Sound does not count as a sign of life. Files and cameras are not affected
 */
public record InputOptions(int decoderThreads, Duration timeout) {
  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if decoderThreads is not in [1, 64] or timeout is negative
   */
  public InputOptions {
    if (decoderThreads < 1 || decoderThreads > 64) {
      throw new IllegalArgumentException(
          "decoderThreads (" + decoderThreads + ") must be in [1, 64]");
    }
    if (timeout.isNegative()) {
      throw new IllegalArgumentException("timeout (" + timeout + ") must not be negative");
    }
  }

  /** One decoder thread a core, at most 4; 10 s. */
  public static InputOptions defaults() {
    return new InputOptions(
        Math.min(4, Runtime.getRuntime().availableProcessors()), Duration.ofSeconds(10));
  }

  /** These options with another number of decoder threads. */
  public InputOptions withDecoderThreads(int threads) {
    return new InputOptions(threads, timeout);
  }

  /** These options with another timeout. */
  public InputOptions withTimeout(Duration timeout) {
    return new InputOptions(decoderThreads, timeout);
  }
}
