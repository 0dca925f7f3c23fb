package io.deweather.pipeline;

import io.deweather.OnnxRestorer;
import io.deweather.RestorationStream;
import io.deweather.Restored;
import io.deweather.Weather;
import java.time.Duration;
import java.util.Objects;
import org.opencv.core.Mat;

/**
 * What a {@link Pipeline} does to each frame. Called from one thread, in frame order.
 *
 * <p>An exception ends the pipeline: the frames before are written, then it surfaces.
 */
@FunctionalInterface
public interface FrameStage {
  /**
   * Restores a frame.
   *
   * @param frame {@code CV_8UC3} BGR
   * @param destination a Mat for the result, of any size and type
   * @return with an image that is {@code frame} (passed through untouched), {@code destination}, or
   *     a new Mat, which the pipeline then owns
   */
  Restored restore(Mat frame, Mat destination);

  /**
   * Lets the restorer's selector choose the view of each frame, under its deadline if it has one: a
   * frame that cannot be restored in time leaves as it came, with the reason in its report.
   */
  static FrameStage of(OnnxRestorer restorer) {
    Objects.requireNonNull(restorer, "restorer");
    return (frame, destination) -> restorer.restore(frame, destination);
  }

  /** As {@link #of(OnnxRestorer)}, for one of several streams that share a restorer. */
  static FrameStage of(RestorationStream stream) {
    Objects.requireNonNull(stream, "stream");
    return (frame, destination) -> stream.restore(frame, destination);
  }

  /**
   * Removes one weather; {@link Weather#CLEAR} passes frames through untouched. A frame that cannot
   * be restored ends the pipeline.
   */
  static FrameStage of(OnnxRestorer restorer, Weather weather) {
    Objects.requireNonNull(restorer, "restorer");
    if (weather.equals(Weather.CLEAR)) {
      Duration none = Duration.ZERO;
      return (frame, destination) -> new Restored(frame, weather, 1, none);
    }
    return (frame, destination) -> {
      long start = System.nanoTime();
      restorer.restore(frame, destination, weather);
      return new Restored(destination, weather, 1, Duration.ofNanos(System.nanoTime() - start));
    };
  }
}
