package io.deweather;

import java.time.Duration;
import org.opencv.core.Mat;

/**
 * What became of one frame.
 *
 * @param image the restored frame, {@code CV_8UC3} BGR, of the size of the frame that came in; for
 *     {@link Weather#CLEAR} the very Mat that came in
 * @param weather the weather that was removed
 * @param confidence how sure the selector was of it, in [0, 1]
 * @param latency from the call of {@code restore} to its return
 */
public record Restored(Mat image, Weather weather, double confidence, Duration latency) {}
