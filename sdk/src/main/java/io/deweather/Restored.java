package io.deweather;

import io.deweather.WeatherSelector.Selection;
import java.time.Duration;
import org.opencv.core.Mat;

/**
 * What became of one frame.
 *
 * @param image {@code CV_8UC3} BGR, of the size of the frame that came in: the restored frame, or
 *     the very Mat that came in if the weather is {@link Weather#CLEAR} (but for the few frames
 *     over which the picture fades) or the status {@link FrameStatus#PASSED_THROUGH}
 * @param weather the weather that was, or was to be, removed; of two the likelier
 * @param confidence how sure the selector was of its choice, in [0, 1]
 * @param latency from the call of {@code restore} to its return
 * @param status whether the frame is restored as it was asked for
 * @param reason why the status is what it is; {@link FrameReason#NONE} if nothing went wrong
 * @param selection the whole choice: weathers, probabilities and why it was made
 */
public record Restored(
    Mat image,
    Weather weather,
    double confidence,
    Duration latency,
    FrameStatus status,
    FrameReason reason,
    Selection selection) {
  /** A frame that is as it was asked for. */
  public Restored(Mat image, Weather weather, double confidence, Duration latency) {
    this(
        image,
        weather,
        confidence,
        latency,
        FrameStatus.OK,
        FrameReason.NONE,
        new Selection(weather, confidence));
  }
}
