package io.deweather.models.weather;

import java.util.ArrayList;
import java.util.List;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * Owns the intermediate pictures of one synthesis and frees them together: left to the garbage
 * collector, a trainer's synthesis thread would hold gigabytes of native memory.
 *
 * <p>All fields here are {@code CV_32F}; {@code 0..1} is black to white.
 */
final class Scratch implements AutoCloseable {
  private final List<Mat> mats = new ArrayList<>();

  Mat keep(Mat mat) {
    mats.add(mat);
    return mat;
  }

  Mat mat() {
    return keep(new Mat());
  }

  Mat fill(Size size, int type, double value) {
    return keep(new Mat(size, type, Scalar.all(value)));
  }

  /** White noise, uniform in 0..1. Reseeds OpenCV's generator of this thread. */
  Mat uniformNoise(Dice dice, Size size) {
    Mat noise = keep(new Mat(size, CvType.CV_32F));
    Core.setRNGSeed(dice.seed());
    Core.randu(noise, 0, 1);
    return noise;
  }

  /** White Gaussian noise of mean 0 and standard deviation 1. */
  Mat gaussianNoise(Dice dice, Size size, int type) {
    Mat noise = keep(new Mat(size, type));
    Core.setRNGSeed(dice.seed());
    Core.randn(noise, 0, 1);
    return noise;
  }

  /** Smooth noise, in 0..1, whose features are about {@code cell} pixels across. */
  Mat smoothNoise(Dice dice, Size size, double cell) {
    Size grid = new Size(Math.ceil(size.width / cell) + 3, Math.ceil(size.height / cell) + 3);
    Mat coarse = uniformNoise(dice, grid);
    Mat shift = keep(new Mat(2, 3, CvType.CV_64F));
    shift.put(
        0, 0, cell, 0, -cell * dice.uniform(0.5, 1.5), 0, cell, -cell * dice.uniform(0.5, 1.5));
    Mat noise = mat();
    Imgproc.warpAffine(coarse, noise, shift, size, Imgproc.INTER_CUBIC, Core.BORDER_REPLICATE);
    return noise;
  }

  /**
   * Gaussian blur of any width at about the same cost: a wide one runs on a reduced picture, whose
   * lost detail the blur would have removed.
   */
  Mat blur(Mat source, double sigma) {
    Mat blurred = mat();
    if (sigma < 0.2) {
      source.copyTo(blurred);
      return blurred;
    }
    int reduce = 1;
    while (sigma / reduce > 3 && Math.min(source.rows(), source.cols()) / (reduce * 2) >= 16) {
      reduce *= 2;
    }
    if (reduce == 1) {
      Imgproc.GaussianBlur(source, blurred, new Size(0, 0), sigma);
      return blurred;
    }
    Mat small = mat();
    Imgproc.resize(source, small, reducedSize(source, reduce), 0, 0, Imgproc.INTER_AREA);
    Imgproc.GaussianBlur(small, small, new Size(0, 0), sigma / reduce);
    Imgproc.resize(small, blurred, source.size(), 0, 0, Imgproc.INTER_LINEAR);
    return blurred;
  }

  static Size reducedSize(Mat source, int reduce) {
    return new Size(
        Math.max(4, Math.round((double) source.cols() / reduce)),
        Math.max(4, Math.round((double) source.rows() / reduce)));
  }

  /** Each pixel its own column: where a {@code remap} that moves nothing reads. */
  Mat columns(Size size) {
    return repeat(new Mat(1, (int) size.width, CvType.CV_32F), (int) size.height, 1);
  }

  /** Each pixel its own row. */
  Mat rows(Size size) {
    return repeat(new Mat((int) size.height, 1, CvType.CV_32F), 1, (int) size.width);
  }

  private Mat repeat(Mat line, int down, int across) {
    float[] ramp = new float[(int) line.total()];
    for (int i = 0; i < ramp.length; i++) {
      ramp[i] = i;
    }
    keep(line).put(0, 0, ramp);
    Mat all = mat();
    Core.repeat(line, down, across, all);
    return all;
  }

  /** One channel repeated three times. */
  Mat threefold(Mat single) {
    Mat three = mat();
    Imgproc.cvtColor(single, three, Imgproc.COLOR_GRAY2BGR);
    return three;
  }

  /** {@code image += alpha * (colour - image)}; alpha has one channel. */
  void cover(Mat image, Mat alpha, Scalar colour) {
    Mat difference = keep(new Mat(image.size(), image.type(), colour));
    Core.subtract(difference, image, difference);
    Core.multiply(difference, threefold(alpha), difference);
    Core.add(image, difference, image);
  }

  /** {@code image += alpha * (other - image)}; alpha has one channel. */
  void cover(Mat image, Mat alpha, Mat other) {
    Mat difference = mat();
    Core.subtract(other, image, difference);
    Core.multiply(difference, threefold(alpha), difference);
    Core.add(image, difference, image);
  }

  /** {@code image += light * colour}; light has one channel. */
  void addLight(Mat image, Mat light, Scalar colour) {
    Mat three = threefold(light);
    Core.multiply(three, colour, three);
    Core.add(image, three, image);
  }

  /** Clips to {@code 0..high} in place. */
  static void clip(Mat mat, double high) {
    Core.max(mat, Scalar.all(0), mat);
    Core.min(mat, Scalar.all(high), mat);
  }

  /** Frees every picture made here. */
  @Override
  public void close() {
    for (Mat mat : mats) {
      mat.release();
    }
    mats.clear();
  }
}
