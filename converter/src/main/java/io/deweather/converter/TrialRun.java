package io.deweather.converter;

import io.deweather.BundleException;
import io.deweather.InferenceException;
import java.util.Arrays;
import java.util.Random;

/**
 * Whether a network keeps what a bundle promises: an image whose height and width are multiples of
 * the network's comes out in its own size.
 */
final class TrialRun {
  /** The least height and width of a frame. */
  private static final int LEAST_SIDE = 16;

  private static final String NO_BATCHES =
      "a self-ensemble needs a network that takes two pictures at a time as it takes each";

  /** Another order of adding comes to less; what one picture does to another, to more. */
  private static final float MEAN_TOLERANCE = 1e-3f;

  private TrialRun() {}

  /**
   * Runs the network on a grey image whose sides are odd multiples of its own: one that halves its
   * image more often than they allow fails here, not on a vehicle.
   *
   * @throws BundleException if it fails, or gives another shape or values that are no numbers
   */
  static void require(Network network) {
    Size size = Size.of(network);
    float[] image = new float[3 * size.height * size.width];
    Arrays.fill(image, 0.5f);
    for (float value : run(network, image, size)) {
      if (!Float.isFinite(value)) {
        throw new BundleException("the network makes " + value + " of a grey image");
      }
    }
  }

  /**
   * Runs a self-ensemble on noise, and the network itself on that and its mirror image: only one
   * that keeps the pictures of a batch apart gives the mean of the two.
   *
   * @throws BundleException if one fails, or they differ
   */
  static void requireMean(Network ensemble, Network network) {
    Size size = Size.of(network);
    Random random = new Random(1);
    float[] image = new float[3 * size.height * size.width];
    for (int i = 0; i < image.length; i++) {
      image[i] = random.nextFloat();
    }
    float[] restored = run(network, image, size);
    float[] mirrored = mirrored(run(network, mirrored(image, size.width), size), size.width);
    float[] mean;
    try {
      mean = run(ensemble, image, size);
    } catch (BundleException e) {
      throw new BundleException(NO_BATCHES + ": " + e.getMessage(), e);
    }
    for (int i = 0; i < mean.length; i++) {
      if (!(Math.abs(mean[i] - (restored[i] + mirrored[i]) / 2) <= MEAN_TOLERANCE)) {
        throw new BundleException(NO_BATCHES);
      }
    }
  }

  private static float[] mirrored(float[] image, int width) {
    float[] mirrored = new float[image.length];
    for (int i = 0; i < image.length; i++) {
      int column = i % width;
      mirrored[i] = image[i - column + width - 1 - column];
    }
    return mirrored;
  }

  private record Size(int height, int width) {
    /** Odd multiples of the network's own, which are at least those of the smallest frame. */
    static Size of(Network network) {
      int multiple = network.multiple();
      int leastMultiples = (LEAST_SIDE + multiple - 1) / multiple;
      int height = (leastMultiples / 2 * 2 + 1) * multiple;
      return new Size(height, height + 2 * multiple);
    }
  }

  private static float[] run(Network network, float[] image, Size size) {
    try {
      return new ReferenceEngine.PlainRuntime()
          .run(network.sized(size.height, size.width), image, size.height, size.width);
    } catch (InferenceException e) {
      throw new BundleException(
          "the network must take an image of %dx%d, as its sides are multiples of %d (metadata '%s'; 1 if absent): %s"
              .formatted(
                  size.width,
                  size.height,
                  network.multiple(),
                  Network.MULTIPLE_KEY,
                  e.getMessage()),
          e);
    }
  }
}
