package io.deweather.converter;

import io.deweather.BundleException;
import io.deweather.InferenceException;
import java.util.Arrays;

/**
 * Whether a network keeps what a bundle promises: an image whose height and width are multiples of
 * the network's comes out in its own size.
 */
final class TrialRun {
  /** The least height and width of a frame. */
  private static final int LEAST_SIDE = 16;

  private TrialRun() {}

  /**
   * Runs the network on a grey image whose sides are odd multiples of its own: one that halves its
   * image more often than they allow fails here, not on a vehicle.
   *
   * @throws BundleException if it fails, or gives another shape or values that are no numbers
   */
  static void require(Network network) {
    int multiple = network.multiple();
    int leastMultiples = (LEAST_SIDE + multiple - 1) / multiple;
    int height = (leastMultiples / 2 * 2 + 1) * multiple;
    int width = height + 2 * multiple;
    float[] image = new float[3 * height * width];
    Arrays.fill(image, 0.5f);
    for (float value : run(network, image, height, width)) {
      if (!Float.isFinite(value)) {
        throw new BundleException("the network makes " + value + " of a grey image");
      }
    }
  }

  private static float[] run(Network network, float[] image, int height, int width) {
    try {
      return new ReferenceEngine.PlainRuntime()
          .run(network.sized(height, width), image, height, width);
    } catch (InferenceException e) {
      throw new BundleException(
          "the network must take an image of %dx%d, as its sides are multiples of %d (metadata '%s'; 1 if absent): %s"
              .formatted(width, height, network.multiple(), Network.MULTIPLE_KEY, e.getMessage()),
          e);
    }
  }
}
