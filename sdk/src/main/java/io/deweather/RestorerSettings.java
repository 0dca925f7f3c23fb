package io.deweather;

import java.time.Duration;

/**
 * What a restorer was built with and every stream goes by.
 *
 * @param deadline or null
 * @param listener or null
 */
record RestorerSettings(
    Duration deadline,
    DegradationPolicy degradation,
    double workingResolution,
    FrameListener listener) {

  /** Of width and height that the network works at. */
  double scale(OperatingMode mode) {
    return mode == OperatingMode.REDUCED
        ? workingResolution * degradation.reducedScale()
        : workingResolution;
  }
}
