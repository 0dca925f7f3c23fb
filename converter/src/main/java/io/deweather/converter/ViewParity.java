package io.deweather.converter;

import io.deweather.BundleException;
import io.deweather.Weather;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * One view as ONNX Runtime runs it, beside an independent evaluation of the same network on the
 * same {@link ProbeFrame}s; and, if its graph takes batches, two frames in one run beside each
 * alone.
 */
final class ViewParity {
  /** How much further from another view's evaluation than from its own a view must be. */
  private static final double OTHERS_OVER_OWN = 1.5;

  private static final int[][] SIZES = {{16, 16}, {33, 47}, {96, 64}, {119, 181}};

  private final Precision precision;
  private final String engine;
  private final List<byte[]> expected;
  private final List<byte[]> restored = new ArrayList<>();
  private final Difference difference = new Difference();
  private final Difference batches = new Difference();

  private ViewParity(Precision precision, String engine, List<byte[]> expected) {
    this.precision = precision;
    this.engine = engine;
    this.expected = expected;
  }

  static ViewParity measure(
      ViewGraph graph, BundleContents contents, Weather weather, Precision precision) {
    MaskedNetwork masked = MaskedNetwork.of(contents, weather, graph.levels());
    List<byte[]> expected = new ArrayList<>();
    frames().forEach(frame -> expected.add(masked.restore(frame)));
    ViewParity parity = new ViewParity(precision, masked.engine(), expected);
    try (BakedView view = BakedView.open(graph.file())) {
      parity.compare(view);
    }
    return parity;
  }

  /**
   * A graph of the same view that computes in half precision, beside what this view restored. A CPU
   * computes in single precision all the same; without the optimiser each operator's result is at
   * least rounded to half precision, as a GPU keeps it.
   */
  ViewParity half(Path graph) {
    ViewParity parity =
        new ViewParity(precision, "the graph in single precision", List.copyOf(restored));
    try (BakedView view = BakedView.openUnoptimised(graph)) {
      parity.compare(view);
    }
    return parity;
  }

  private void compare(BakedView view) {
    for (ProbeFrame frame : frames()) {
      byte[] actual = view.restore(frame);
      difference.add(expected.get(restored.size()), actual);
      restored.add(actual);
    }
    if (view.takesBatches()) {
      frames().forEach(frame -> compareBatch(view, frame));
    }
  }

  private void compareBatch(BakedView view, ProbeFrame frame) {
    byte[] both = view.restore(frame, frame.inverted());
    int half = both.length / 2;
    batches.add(view.restore(frame), Arrays.copyOf(both, half));
    batches.add(view.restore(frame.inverted()), Arrays.copyOfRange(both, half, both.length));
  }

  private static List<ProbeFrame> frames() {
    List<ProbeFrame> frames = new ArrayList<>();
    for (int[] size : SIZES) {
      frames.add(ProbeFrame.of(size[0], size[1]));
    }
    return frames;
  }

  private static double mean(List<byte[]> some, List<byte[]> others) {
    Difference difference = new Difference();
    for (int i = 0; i < some.size(); i++) {
      difference.add(some.get(i), others.get(i));
    }
    return difference.mean();
  }

  /**
   * Checks that views differ from each other, and are each nearer to their own evaluation than to
   * another's. Says how near the nearest two are, in one line.
   *
   * @throws BundleException if they are too near
   */
  static String requireDifferent(Map<Weather, ViewParity> views) {
    List<Weather> weathers = List.copyOf(views.keySet());
    double least = Double.POSITIVE_INFINITY;
    String pair = "";
    for (int a = 0; a < weathers.size(); a++) {
      for (int b = a + 1; b < weathers.size(); b++) {
        double distance =
            mean(views.get(weathers.get(a)).restored, views.get(weathers.get(b)).restored);
        if (distance < least) {
          least = distance;
          pair = weathers.get(a) + " and " + weathers.get(b);
        }
      }
    }
    if (pair.isEmpty()) {
      return "there is only one view";
    }
    String measured =
        "least between %s: mean %.3f grey levels (at least %s)"
            .formatted(pair, least, BundleVerifier.VIEW_LEVELS);
    if (least < BundleVerifier.VIEW_LEVELS) {
      throw new BundleException(measured);
    }
    views.forEach((view, parity) -> views.forEach((other, o) -> parity.requireOwn(view, other, o)));
    return measured;
  }

  private void requireOwn(Weather weather, Weather otherWeather, ViewParity other) {
    double distance = mean(restored, other.expected);
    if (other != this && distance < OTHERS_OVER_OWN * difference.mean()) {
      throw new BundleException(
          "%s is %.3f grey levels from its own evaluation and %.3f from that of %s (at least %s times as many)"
              .formatted(weather, difference.mean(), distance, otherWeather, OTHERS_OVER_OWN));
    }
  }

  /**
   * What was measured, in one line.
   *
   * @throws BundleException saying the same, if it is not close enough
   */
  String requireClose() {
    return precision == Precision.INT8
        ? requirePsnr(BundleVerifier.INT8_PARITY_PSNR)
        : require(
            "at most %d, below %s".formatted(BundleVerifier.MAX_LEVELS, BundleVerifier.MEAN_LEVELS),
            difference.max() <= BundleVerifier.MAX_LEVELS
                && difference.mean() < BundleVerifier.MEAN_LEVELS);
  }

  /** The same with the least PSNR that is close enough, in dB. */
  String requirePsnr(double least) {
    return require(
        "PSNR %s, at least %.0f dB".formatted(decibels(difference.psnr()), least),
        difference.psnr() >= least);
  }

  /** For a report: frames that are equal have no PSNR. */
  static String decibels(double psnr) {
    return Double.isInfinite(psnr) ? "without limit" : "%.1f dB".formatted(psnr);
  }

  private String require(String rule, boolean close) {
    int[] largest = SIZES[SIZES.length - 1];
    String measured =
        "max %d, mean %.4f grey levels (%s) against %s, %d frames up to %dx%d"
            .formatted(
                difference.max(),
                difference.mean(),
                rule,
                engine,
                SIZES.length,
                largest[1],
                largest[0]);
    if (!close) {
      throw new BundleException(measured);
    }
    if (batches.max() > BundleVerifier.MAX_LEVELS) {
      throw new BundleException(
          "two frames in one run differ by up to %d grey levels from each alone (at most %d)"
              .formatted(batches.max(), BundleVerifier.MAX_LEVELS));
    }
    return measured;
  }
}
