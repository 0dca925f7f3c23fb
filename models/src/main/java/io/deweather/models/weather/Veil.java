package io.deweather.models.weather;

import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Point;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * The veil that distant rain or snow adds up to. By Koschmieder's law, as in Narasimhan and Nayar,
 * "Vision and the Atmosphere" (IJCV 2002), eq. 10: {@code I = J t + A (1 - t)} with {@code t =
 * exp(-beta d)}; A is the airlight, d the depth and beta the extinction.
 */
final class Veil {
  private Veil() {}

  /**
   * Covers the image, in place.
   *
   * @param least transmission at the far end, in (0, 1]
   * @param nearest transmission in front of the camera, at least {@code least}
   * @param airlight colour of the veil, 0..1
   */
  static void cover(
      Scratch scratch,
      Dice dice,
      Framing framing,
      Mat image,
      double least,
      double nearest,
      Scalar airlight) {
    Mat depth = depth(scratch, dice, framing, image);
    Mat opacity = scratch.mat();
    double near = -Math.log(nearest);
    double far = -Math.log(least);
    depth.convertTo(opacity, CvType.CV_32F, -(far - near), -near);
    Core.exp(opacity, opacity);
    opacity.convertTo(opacity, CvType.CV_32F, -1, 1);
    if (dice.chance(0.5)) {
      // Forward scattering also blurs what is far (Narasimhan and Nayar 2003, multiple scattering).
      Mat soft = scratch.blur(image, dice.octaves(0.5, 1.6));
      scratch.cover(image, opacity, soft);
    }
    Mat air = scratch.keep(new Mat(image.size(), image.type(), airlight));
    if (dice.chance(0.4)) {
      Mat uneven = scratch.smoothNoise(dice, image.size(), framing.thousandths(400));
      uneven.convertTo(uneven, CvType.CV_32F, 0.3, 0.85);
      Core.multiply(air, scratch.threefold(uneven), air);
    }
    scratch.cover(image, opacity, air);
  }

  /**
   * A plausible depth map, 0 (near) to 1 (far): drawn coarsely, then fitted to the image's edges.
   */
  static Mat depth(Scratch scratch, Dice dice, Framing framing, Mat image) {
    int reduce = Math.max(2, Math.min(image.rows(), image.cols()) / 64);
    Size small = Scratch.reducedSize(image, reduce);
    Mat depth =
        switch (dice.pick(0.55, 0.2, 0.15, 0.1)) {
          case 0 -> ground(scratch, dice, framing, small);
          case 1 -> slope(scratch, dice, small);
          case 2 -> scratch.smoothNoise(dice, small, dice.octaves(12, 60));
          default -> scratch.fill(small, CvType.CV_32F, dice.uniform(0.3, 1));
        };
    if (dice.chance(0.6)) {
      planes(dice, depth);
    }
    if (dice.chance(0.6)) {
      Mat noise = scratch.smoothNoise(dice, small, dice.octaves(8, 40));
      Core.addWeighted(depth, 1, noise, 0.3, -0.15, depth);
    }
    if (dice.chance(0.35)) {
      // The sky and what is far are bright and pale (dark channel prior, He, Sun and Tang 2009).
      Core.addWeighted(depth, 0.6, paleness(scratch, image, small), 0.5, 0, depth);
    }
    Scratch.clip(depth, 1);
    Mat fitted = fitToEdges(scratch, image, depth, dice.between(3, 8));
    Scratch.clip(fitted, 1);
    return fitted;
  }

  /** The darkest colour channel, of the reduced picture. */
  private static Mat paleness(Scratch scratch, Mat image, Size small) {
    Mat reduced = scratch.mat();
    Imgproc.resize(image, reduced, small, 0, 0, Imgproc.INTER_AREA);
    Mat darkest = scratch.mat();
    Core.extractChannel(reduced, darkest, 0);
    Mat channel = scratch.mat();
    for (int i = 1; i < 3; i++) {
      Core.extractChannel(reduced, channel, i);
      Core.min(darkest, channel, darkest);
    }
    Imgproc.erode(darkest, darkest, scratch.keep(Mat.ones(3, 3, CvType.CV_8U)));
    return darkest;
  }

  /**
   * A road to the horizon: a ground plane seen from height h has {@code d = h f / (y - horizon)}.
   */
  private static Mat ground(Scratch scratch, Dice dice, Framing framing, Size small) {
    double horizon = dice.uniform(0.25, 0.7) * framing.full();
    double near = dice.octaves(0.02, 0.12) * framing.full();
    double sky = dice.uniform(0.7, 1);
    int rows = (int) small.height;
    float[] column = new float[rows];
    for (int i = 0; i < rows; i++) {
      double below = framing.top() + (i + 0.5) * framing.height() / rows - horizon;
      column[i] = (float) (below < 0 ? sky : Math.min(sky, near / (below + 1e-3)));
    }
    Mat profile = scratch.keep(new Mat(rows, 1, CvType.CV_32F));
    profile.put(0, 0, column);
    Mat depth = scratch.mat();
    Core.repeat(profile, 1, (int) small.width, depth);
    return depth;
  }

  private static Mat slope(Scratch scratch, Dice dice, Size small) {
    Mat corners = scratch.uniformNoise(dice, new Size(2, 2));
    Mat depth = scratch.mat();
    Imgproc.resize(corners, depth, small, 0, 0, Imgproc.INTER_LINEAR);
    Core.normalize(depth, depth, dice.uniform(0, 0.4), 1, Core.NORM_MINMAX);
    return depth;
  }

  /** Upright things at one depth each: cars, trees, walls. */
  private static void planes(Dice dice, Mat depth) {
    int count = dice.between(1, 6);
    for (int i = 0; i < count; i++) {
      double x = dice.uniform(-0.2, 1) * depth.cols();
      double y = dice.uniform(0, 0.9) * depth.rows();
      Point from = new Point(x, y);
      Point to =
          new Point(
              x + dice.octaves(0.08, 0.6) * depth.cols(),
              y + dice.octaves(0.08, 0.9) * depth.rows());
      Imgproc.rectangle(depth, from, to, Scalar.all(dice.uniform(0.05, 0.8)), -1);
    }
  }

  /**
   * Guided filter (He, Sun and Tang, TPAMI 2013) with its coefficients found on the reduced picture
   * (He and Sun, "Fast Guided Filter", 2015): depth steps move to where the picture has edges.
   */
  private static Mat fitToEdges(Scratch scratch, Mat image, Mat depth, int radius) {
    Mat grey = scratch.mat();
    Imgproc.cvtColor(image, grey, Imgproc.COLOR_BGR2GRAY);
    Mat guide = scratch.mat();
    Imgproc.resize(grey, guide, depth.size(), 0, 0, Imgproc.INTER_AREA);
    Size window = new Size(2 * radius + 1, 2 * radius + 1);
    Mat meanGuide = box(scratch, guide, window);
    Mat meanDepth = box(scratch, depth, window);
    Mat slope = box(scratch, product(scratch, guide, depth), window);
    Core.subtract(slope, product(scratch, meanGuide, meanDepth), slope);
    Mat variance = box(scratch, product(scratch, guide, guide), window);
    Core.subtract(variance, product(scratch, meanGuide, meanGuide), variance);
    Core.add(variance, Scalar.all(0.002), variance);
    Core.divide(slope, variance, slope);
    Mat offset = scratch.mat();
    Core.subtract(meanDepth, product(scratch, slope, meanGuide), offset);
    Mat fitted = enlarge(scratch, box(scratch, slope, window), image.size());
    Core.multiply(fitted, grey, fitted);
    Core.add(fitted, enlarge(scratch, box(scratch, offset, window), image.size()), fitted);
    return fitted;
  }

  private static Mat box(Scratch scratch, Mat source, Size window) {
    Mat mean = scratch.mat();
    Imgproc.blur(source, mean, window);
    return mean;
  }

  private static Mat product(Scratch scratch, Mat a, Mat b) {
    Mat product = scratch.mat();
    Core.multiply(a, b, product);
    return product;
  }

  private static Mat enlarge(Scratch scratch, Mat source, Size size) {
    Mat large = scratch.mat();
    Imgproc.resize(source, large, size, 0, 0, Imgproc.INTER_LINEAR);
    return large;
  }
}
