package io.deweather;

import io.deweather.SystemReport.Benchmark;
import io.deweather.TensorRtOptions.Size;
import java.time.Duration;
import org.HdrHistogram.Histogram;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

/** How fast a restorer's first view is, one frame after the other. */
final class SpeedMeasurement {
  private static final int WARM_UP_FRAMES = 3;
  private static final long MOST_MICROS = 600_000_000;

  private SpeedMeasurement() {}

  static Benchmark of(OnnxRestorer restorer, Size size, Duration measured) {
    Weather weather = restorer.weathers().get(0);
    Mat frame = new Mat(size.height(), size.width(), CvType.CV_8UC3);
    Mat restored = new Mat();
    try {
      Core.randu(frame, 0, 256);
      for (int i = 0; i < WARM_UP_FRAMES; i++) {
        restorer.restore(frame, restored, weather);
      }
      Histogram micros = new Histogram(MOST_MICROS, 3);
      long start = System.nanoTime();
      long now = start;
      do {
        long before = now;
        restorer.restore(frame, restored, weather);
        now = System.nanoTime();
        micros.recordValue(Math.min(MOST_MICROS, (now - before) / 1000));
      } while (now - start < measured.toNanos());
      return new Benchmark(
          weather.id(),
          size.width(),
          size.height(),
          (int) micros.getTotalCount(),
          micros.getTotalCount() * 1e9 / (now - start),
          micros.getValueAtPercentile(50) / 1e3,
          micros.getValueAtPercentile(99) / 1e3);
    } finally {
      frame.release();
      restored.release();
    }
  }
}
