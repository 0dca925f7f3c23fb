package io.deweather.converter;

import io.deweather.BundleException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

/**
 * Runs a bundle's selector on frames of several shapes, and compares ONNX Runtime with and without
 * its optimiser.
 */
final class SelectorParity {
  /** The most by which a probability may differ. */
  static final double MOST = 1e-4;

  private static final int[][] SIZES = {{16, 16}, {37, 53}, {360, 640}, {200, 90}, {24, 500}};

  private SelectorParity() {}

  /**
   * Checks.
   *
   * @param weathers that the manifest lists
   * @return what was found, in one line
   * @throws BundleException if anything is not as it must be
   */
  static String check(Path file, List<String> weathers) {
    SelectorFile selector = SelectorFile.read(file);
    if (!selector.weathers().equals(weathers)) {
      throw new BundleException(
          "%s knows %s, the manifest says %s".formatted(file, selector.weathers(), weathers));
    }
    double most = 0;
    try (SelectorSession optimised = new SelectorSession(selector.model(), 1);
        SelectorSession plain = SelectorSession.withoutOptimiser(selector.model())) {
      for (int[] size : SIZES) {
        ProbeFrame frame = ProbeFrame.of(size[0], size[1]);
        float[] expected = run(plain, frame, file, weathers.size());
        float[] actual = run(optimised, frame, file, weathers.size());
        for (int w = 0; w < actual.length; w++) {
          most = Math.max(most, Math.abs(actual[w] - expected[w]));
        }
      }
    }
    String measured =
        "%s: probabilities of %s agree to %.1e (at most %.0e) on %d frames"
            .formatted(file.getFileName(), String.join(", ", weathers), most, MOST, SIZES.length);
    if (most > MOST) {
      throw new BundleException(measured);
    }
    return measured;
  }

  /**
   * Lets two selectors look at the same frames.
   *
   * @throws BundleException if they do not know the same weathers in the same order
   */
  static SelectorComparison compare(Path file, Path reference, FrameSet frames) {
    SelectorFile selector = SelectorFile.read(file);
    SelectorFile other = SelectorFile.read(reference);
    if (!selector.weathers().equals(other.weathers())) {
      throw new BundleException(
          "%s knows %s, %s knows %s"
              .formatted(file, selector.weathers(), reference, other.weathers()));
    }
    int count = selector.weathers().size();
    List<ProbeFrame> all = frames.frames();
    double most = 0;
    double sum = 0;
    int moved = 0;
    try (SelectorSession one = new SelectorSession(selector.model(), 1);
        SelectorSession two = new SelectorSession(other.model(), 1)) {
      for (ProbeFrame frame : all) {
        float[] actual = run(one, frame, file, count);
        float[] expected = run(two, frame, reference, count);
        for (int w = 0; w < count; w++) {
          double difference = Math.abs(actual[w] - expected[w]);
          most = Math.max(most, difference);
          sum += difference;
          moved += actual[w] > 0.5 == expected[w] > 0.5 ? 0 : 1;
        }
      }
    }
    int decisions = all.size() * count;
    return new SelectorComparison(all.size(), most, sum / decisions, decisions, moved);
  }

  private static float[] run(SelectorSession session, ProbeFrame probe, Path file, int count) {
    Mat frame = new Mat(probe.height(), probe.width(), CvType.CV_8UC3);
    try {
      frame.put(0, 0, probe.pixels());
      float[] probabilities = session.run(frame).values();
      boolean sound = probabilities.length == count;
      for (float p : probabilities) {
        sound &= p >= 0 && p <= 1;
      }
      if (!sound) {
        throw new BundleException(
            "%s gives %s for a frame of %dx%d; expected %d probabilities"
                .formatted(
                    file, Arrays.toString(probabilities), probe.width(), probe.height(), count));
      }
      return probabilities;
    } finally {
      frame.release();
    }
  }
}
