package io.deweather.samples;

import io.deweather.OpenCv;
import io.deweather.samples.scene.RoadScene;
import io.deweather.video.FrameSink;
import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import java.nio.file.Path;
import org.opencv.core.Mat;

/** Clips of the drawn road. */
final class TestClips {
  static {
    OpenCv.load();
  }

  private TestClips() {}

  static Path drive(Path file, int width, int height, int frameRate, int frames) {
    Mat frame = new Mat();
    try (RoadScene scene = new RoadScene(width, height);
        FrameSink sink = Media.clip(file, frameRate)) {
      for (int i = 0; i < frames; i++) {
        scene.draw(i, frame);
        sink.write(frame, new FrameStamp(i, i * 1_000_000L / frameRate));
      }
    } finally {
      frame.release();
    }
    return file;
  }

  /** How many frames can be read. */
  static int frames(Path clip) {
    int frames = 0;
    Mat frame = new Mat();
    try (FrameSource source = FrameSource.open(clip)) {
      while (source.read(frame).isPresent()) {
        frames++;
      }
    } finally {
      frame.release();
    }
    return frames;
  }
}
