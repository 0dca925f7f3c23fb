package io.deweather.samples.scene;

import java.util.Random;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Rect;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/** Noise that repeats without a seam. */
final class Texture {
  private Texture() {}

  /** Independent Gaussian values, {@code CV_32F}, standard deviation 1. */
  static Mat white(int rows, int columns, long seed) {
    Random random = new Random(seed);
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    Mat noise = new Mat(rows, columns, CvType.CV_32F);
    noise.put(0, 0, values);
    return noise;
  }

  /**
   * Fractal noise, {@code CV_32F}, about in [-1, 1]: octaves that halve in amplitude.
   *
   * @param cell the size of the coarsest blobs, in pixels; a power of two that divides both sides
   */
  static Mat fractal(int rows, int columns, int cell, long seed) {
    Mat sum = Mat.zeros(rows, columns, CvType.CV_32F);
    double amplitude = 0.5;
    for (int step = cell; step >= 1; step /= 2) {
      Mat coarse = white(rows / step, columns / step, seed + step);
      Mat fine = enlarged(coarse, rows, columns, step);
      Core.scaleAdd(fine, amplitude, sum, sum);
      coarse.release();
      fine.release();
      amplitude /= 2;
    }
    return sum;
  }

  /** Enlarges with one more cell on each side, taken from the other edge, so that tiles join. */
  private static Mat enlarged(Mat coarse, int rows, int columns, int step) {
    if (step == 1) {
      return coarse.clone();
    }
    Mat padded = new Mat();
    Core.copyMakeBorder(coarse, padded, 2, 2, 2, 2, Core.BORDER_WRAP);
    Mat large = new Mat();
    Imgproc.resize(
        padded, large, new Size(columns + 4 * step, rows + 4 * step), 0, 0, Imgproc.INTER_CUBIC);
    Mat part = large.submat(new Rect(2 * step, 2 * step, columns, rows)).clone();
    padded.release();
    large.release();
    return part;
  }
}
