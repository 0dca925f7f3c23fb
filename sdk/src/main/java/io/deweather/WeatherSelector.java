package io.deweather;

import org.opencv.core.Mat;

/**
 * Decides, frame by frame, which view runs. A selector belongs to one stream of frames and is
 * called from one thread at a time, in frame order.
 */
@FunctionalInterface
public interface WeatherSelector {
  /**
   * Chooses the weather to remove from this frame.
   *
   * @param frame {@code CV_8UC3} BGR; not to be changed, nor kept after the call
   * @return the choice; {@link Weather#CLEAR} passes the frame through
   */
  Selection select(Mat frame);

  /** A selector that always chooses this weather, with confidence 1. */
  static WeatherSelector fixed(Weather weather) {
    Selection always = new Selection(weather, 1.0);
    return frame -> always;
  }

  /**
   * A choice.
   *
   * @param weather what to remove
   * @param confidence the probability that the choice is right, in [0, 1]
   */
  record Selection(Weather weather, double confidence) {
    /**
     * Checks the confidence.
     *
     * @throws IllegalArgumentException if the confidence is outside [0, 1]
     */
    public Selection {
      if (!(confidence >= 0 && confidence <= 1)) {
        throw new IllegalArgumentException("confidence (" + confidence + ") must be in [0, 1]");
      }
    }
  }
}
