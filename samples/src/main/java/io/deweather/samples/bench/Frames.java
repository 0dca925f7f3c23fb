package io.deweather.samples.bench;

import io.deweather.samples.scene.RoadScene;
import io.deweather.video.FrameSink;
import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import io.deweather.video.StreamInfo;
import io.deweather.video.VideoSink;
import java.nio.file.Path;
import java.util.Optional;
import org.opencv.core.Mat;

/** What is restored: frames of the drawn road scene, from memory or from an H.264 clip. */
public final class Frames {
  private static final long MICROS = 1_000_000 / RoadScene.FRAME_RATE;

  private Frames() {}

  /** One frame; the caller releases it. */
  static Mat one(int width, int height) {
    Mat frame = new Mat();
    try (RoadScene scene = new RoadScene(width, height)) {
      scene.draw(0, frame);
    }
    return frame;
  }

  static Path clip(Path file, int width, int height, int frames) {
    Mat frame = new Mat();
    try (RoadScene scene = new RoadScene(width, height);
        FrameSink sink = VideoSink.builder(file).frameRate(RoadScene.FRAME_RATE).open()) {
      for (int i = 0; i < frames; i++) {
        scene.draw(i, frame);
        sink.write(frame, new FrameStamp(i, i * MICROS, MICROS, ""));
      }
    } finally {
      frame.release();
    }
    return file;
  }

  /**
   * A source that gives copies of one frame, so many times: a camera without a codec.
   *
   * @param frame {@code CV_8UC3} BGR; the caller's, who releases it
   */
  public static FrameSource repeated(Mat frame, int times) {
    StreamInfo info =
        new StreamInfo(frame.cols(), frame.rows(), RoadScene.FRAME_RATE, times, false);
    return new FrameSource() {
      private int next;

      @Override
      public StreamInfo info() {
        return info;
      }

      @Override
      public Optional<FrameStamp> read(Mat target) {
        if (next == times) {
          return Optional.empty();
        }
        frame.copyTo(target);
        return Optional.of(new FrameStamp(next, next++ * MICROS, MICROS, ""));
      }

      @Override
      public void close() {}
    };
  }
}
