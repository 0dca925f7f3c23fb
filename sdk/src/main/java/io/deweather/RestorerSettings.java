package io.deweather;

import java.time.Duration;

/**
 * What a restorer was built with and every stream goes by.
 *
 * @param deadline or null
 * @param fadeFrames how long a change of the view takes
 * @param listener or null
 */
record RestorerSettings(
    Duration deadline,
    DegradationPolicy degradation,
    double workingResolution,
    int fadeFrames,
    FrameListener listener) {

  /** Of width and height that the network works at. */
  double scale(OperatingMode mode) {
    return mode == OperatingMode.REDUCED
        ? workingResolution * degradation.reducedScale()
        : workingResolution;
  }
}
