package io.deweather.converter;

import io.deweather.BundleException;
import io.deweather.Weather;
import java.nio.file.Path;

/** Restores the same frames with the same weather's views of two bundles. */
final class BundleComparison {
  private final Path graph;
  private final Path reference;

  BundleComparison(Path graph, Path reference) {
    this.graph = graph;
    this.reference = reference;
  }

  ViewComparison compare(Weather weather, FrameSet frames) {
    Difference difference = new Difference();
    double gain = 0;
    double referenceGain = 0;
    int known = 0;
    try (BakedView view = BakedView.open(graph);
        BakedView other = BakedView.open(reference)) {
      for (FrameSet.Pair pair : frames.pairs(weather)) {
        byte[] actual = view.restore(pair.frame());
        byte[] expected = other.restore(pair.frame());
        difference.add(expected, actual);
        if (pair.truth() != null) {
          byte[] truth = truth(pair);
          double before = psnr(pair.frame().pixels(), truth);
          gain += psnr(actual, truth) - before;
          referenceGain += psnr(expected, truth) - before;
          known++;
        }
      }
    }
    double psnr = difference.psnr();
    return new ViewComparison(
        weather.id(),
        frames.pairs(weather).size(),
        difference.max(),
        difference.mean(),
        Double.isInfinite(psnr) ? null : psnr,
        known == 0 ? null : gain / known,
        known == 0 ? null : referenceGain / known);
  }

  private static byte[] truth(FrameSet.Pair pair) {
    byte[] truth = pair.truth().pixels();
    if (pair.truth().width() != pair.frame().width()
        || pair.truth().height() != pair.frame().height()) {
      throw new BundleException(
          "a frame of %dx%d has a truth of %dx%d"
              .formatted(
                  pair.frame().width(),
                  pair.frame().height(),
                  pair.truth().width(),
                  pair.truth().height()));
    }
    return truth;
  }

  /** In dB; at most 100, so that a frame without any weather does not outweigh all others. */
  private static double psnr(byte[] a, byte[] b) {
    Difference difference = new Difference();
    difference.add(a, b);
    return Math.min(100, difference.psnr());
  }
}
