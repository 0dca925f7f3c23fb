package io.deweather.pipeline;

import io.deweather.OnnxRestorer;
import io.deweather.OpenCv;
import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import io.deweather.video.VideoSink;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.opencv.core.Core;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;

/** Real clips for the tests, and the golden bundle that restores them. */
final class Clips {
  static final int WIDTH = 96;
  static final int HEIGHT = 64;

  private Clips() {}

  static OnnxRestorer golden() {
    try {
      return OnnxRestorer.open(Path.of(Clips.class.getResource("/golden").toURI()));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A clip at 25 frames a second. */
  static Path write(Path file, int frames) {
    long[] times = new long[frames];
    for (int i = 0; i < frames; i++) {
      times[i] = i * 40_000L;
    }
    return write(file, times);
  }

  /** A clip of noise over a brightness that tells the frame's number, at these times. */
  static Path write(Path file, long... micros) {
    OpenCv.load();
    Mat frame = new Mat(HEIGHT, WIDTH, org.opencv.core.CvType.CV_8UC3);
    try (VideoSink sink = VideoSink.builder(file).timescale(1_000_000).open()) {
      for (int i = 0; i < micros.length; i++) {
        Core.randu(frame, 0, 40);
        Core.add(frame, Scalar.all(i * 37 % 200), frame);
        sink.write(frame, new FrameStamp(i, micros[i]));
      }
    }
    frame.release();
    return file;
  }

  static List<FrameStamp> stamps(Path clip) {
    List<FrameStamp> stamps = new ArrayList<>();
    Mat frame = new Mat();
    try (FrameSource source = FrameSource.open(clip)) {
      for (Optional<FrameStamp> s = source.read(frame); s.isPresent(); s = source.read(frame)) {
        stamps.add(s.get());
      }
    }
    frame.release();
    return stamps;
  }

  /** Every frame of a clip, read without a pipeline; the caller releases them. */
  static List<Mat> frames(Path clip) {
    List<Mat> frames = new ArrayList<>();
    try (FrameSource source = FrameSource.open(clip)) {
      while (true) {
        Mat frame = new Mat();
        if (source.read(frame).isEmpty()) {
          return frames;
        }
        frames.add(frame);
      }
    }
  }

  static boolean same(Mat a, Mat b) {
    return Core.norm(a, b, Core.NORM_INF) == 0;
  }

  /** The pipeline's threads that live now. */
  static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(
            name ->
                List.of("deweather-decode", "deweather-restore", "deweather-encode").contains(name))
        .toList();
  }
}
