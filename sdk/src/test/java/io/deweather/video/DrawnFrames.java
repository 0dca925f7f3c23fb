package io.deweather.video;

import io.deweather.OpenCv;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Point;
import org.opencv.core.Rect;
import org.opencv.core.Scalar;
import org.opencv.imgproc.Imgproc;

/** Frames to test with, clips made of them, and what became of them. */
final class DrawnFrames {
  private DrawnFrames() {}

  /** A frame with smooth shading, coarse texture and a disc that moves with the index. */
  static Mat frame(int width, int height, int index) {
    OpenCv.load();
    Mat coarse = new Mat(height / 8 + 2, width / 8 + 2, CvType.CV_8UC1);
    Core.setRNGSeed(7);
    Core.randu(coarse, 60, 190);
    Mat grey = new Mat();
    Imgproc.resize(
        coarse, grey, new org.opencv.core.Size(width, height), 0, 0, Imgproc.INTER_CUBIC);
    Mat frame = new Mat();
    Imgproc.cvtColor(grey, frame, Imgproc.COLOR_GRAY2BGR);
    Core.add(frame, new Scalar(12, 0, -9), frame);
    int radius = Math.max(3, height / 8);
    Imgproc.circle(
        frame,
        new Point((index * 5) % width, height / 2.0),
        radius,
        new Scalar(70, 120, 180),
        Imgproc.FILLED);
    return frame;
  }

  /** Writes frames at a fixed rate. */
  static Path clip(Path file, int width, int height, int frames, double rate) {
    return clip(VideoSink.builder(file).frameRate(rate), file, width, height, frames, rate);
  }

  static Path clip(
      VideoSinkBuilder builder, Path file, int width, int height, int frames, double rate) {
    try (VideoSink sink = builder.open()) {
      for (int i = 0; i < frames; i++) {
        sink.write(frame(width, height, i), new FrameStamp(i, Math.round(i * 1e6 / rate)));
      }
    }
    return file;
  }

  /** The stamps of a clip's frames, and how well each frame matches the drawn one. */
  record Read(StreamInfo info, List<FrameStamp> stamps, List<Double> psnr, int width, int height) {
    List<Long> times() {
      return stamps.stream().map(FrameStamp::timestampMicros).toList();
    }

    double worst() {
      return psnr.stream().mapToDouble(Double::doubleValue).min().orElse(0);
    }

    /** Where the last frame ends, in microseconds. */
    long end() {
      FrameStamp last = stamps.get(stamps.size() - 1);
      return last.timestampMicros() + last.durationMicros();
    }
  }

  static Read read(Path clip) {
    return read(clip.toString());
  }

  static Read read(String input) {
    try (FrameSource source = FrameSource.open(input)) {
      List<FrameStamp> stamps = new ArrayList<>();
      List<Double> psnr = new ArrayList<>();
      Mat frame = new Mat();
      Optional<FrameStamp> stamp;
      while ((stamp = source.read(frame)).isPresent()) {
        Mat drawn = frame(frame.cols(), frame.rows(), stamps.size());
        psnr.add(Core.PSNR(frame, drawn));
        stamps.add(stamp.get());
      }
      return new Read(source.info(), stamps, psnr, frame.cols(), frame.rows());
    }
  }

  /** The PSNR of the last columns alone: there packed rows of odd widths go wrong. */
  static double psnrOfLastColumns(Mat a, Mat b, int columns) {
    Rect last = new Rect(a.cols() - columns, 0, columns, a.rows());
    return Core.PSNR(a.submat(last), b.submat(last));
  }
}
