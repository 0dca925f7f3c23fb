package io.deweather.models;

import java.util.SplittableRandom;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * How the pictures of a batch are varied.
 *
 * @param mirrored left to right
 * @param tint what each colour is multiplied by
 */
record Variation(boolean mirrored, float[] tint) {
  /** As they are. */
  static final Variation NONE = new Variation(false, new float[] {1, 1, 1});

  /** Brighter or darker by half a stop, and of another tint; every second one mirrored. */
  static Variation draw(SplittableRandom random) {
    boolean mirrored = random.nextBoolean();
    double light = Math.pow(2, random.nextDouble() - 0.5);
    float[] tint = new float[3];
    for (int c = 0; c < 3; c++) {
      tint[c] = (float) (light * Math.pow(2, 0.3 * (random.nextDouble() - 0.5)));
    }
    return new Variation(mirrored, tint);
  }

  /** Mirrors what lies over the pictures, {@code [N, C, H, W]}, if they are. */
  Tensor mirror(Tensor values) {
    return mirrored ? values.flip(3) : values;
  }

  /** Varies pictures {@code [N, 3, H, W]} in [0, 1]. */
  Tensor of(Tensor image) {
    return mirror(image).mul(Tensor.create(tint, 1, 3, 1, 1)).clamp_max_(new Scalar(1.0));
  }
}
