package io.deweather.pipeline;

import io.deweather.video.FrameStamp;
import org.opencv.core.Mat;

/** Takes the frames that leave a {@link Pipeline}: {@code sink::write}, a screen, a detector. */
@FunctionalInterface
public interface FrameConsumer {
  /**
   * Takes a frame. Called from one thread, in frame order. An exception ends the pipeline.
   *
   * @param image {@code CV_8UC3} BGR; valid during the call only
   * @param stamp when the frame is to be shown; timestamps strictly rise
   */
  void accept(Mat image, FrameStamp stamp);
}
