package io.deweather.samples.quality;

import io.deweather.DeweatherException;
import io.deweather.OpenCv;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * How close a picture is to the truth, as the literature on image restoration reports it.
 *
 * <p>Peak signal-to-noise ratio against 255, in decibels; infinite for identical pictures.
 * Structural similarity as in Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from
 * error visibility to structural similarity", IEEE TIP 13(4), 2004: 11x11 Gaussian window with
 * sigma 1.5, K1 = 0.01, K2 = 0.03, biased variance, mean over the positions where the window lies
 * inside the picture. Both on RGB (the SSIM of the three channels averaged) and on luma: BT.601
 * with Y in [16, 235] as MATLAB's {@code rgb2ycbcr} scales it, computed from the 8-bit channels and
 * not rounded.
 *
 * <p>Weather takes away detail and changes the light, and a restorer can be right about one and
 * wrong about the other: how much veil there was cannot always be seen. The PSNR of the detail
 * leaves out the part of the error that is smooth, which a Gaussian window shows whose sigma is a
 * 32nd of the shorter side.
 *
 * @param psnr on RGB, in dB
 * @param ssim on RGB, at most 1
 * @param psnrY on luma, in dB
 * @param ssimY on luma, at most 1
 * @param psnrDetail on RGB, without the smooth part of the error, in dB
 */
public record ImageQuality(
    double psnr, double ssim, double psnrY, double ssimY, double psnrDetail) {
  /** The side of the SSIM window: smaller pictures have no SSIM. */
  public static final int WINDOW = 11;

  private static final double SIGMA = 1.5;
  private static final double SMOOTH = 1.0 / 32;
  private static final double PEAK = 255;
  private static final double C1 = (0.01 * PEAK) * (0.01 * PEAK);
  private static final double C2 = (0.03 * PEAK) * (0.03 * PEAK);

  /**
   * Compares two pictures.
   *
   * @param image {@code CV_8UC3} BGR
   * @param truth {@code CV_8UC3} BGR, of the same size
   * @throws DeweatherException if the sizes or types differ, or a side is shorter than {@value
   *     #WINDOW}
   */
  public static ImageQuality of(Mat image, Mat truth) {
    OpenCv.load();
    requireComparable(image, truth);
    List<Mat> scratch = new ArrayList<>();
    try {
      Mat a = doubles(image, scratch);
      Mat b = doubles(truth, scratch);
      double ssim = 0;
      for (int channel = 0; channel < 3; channel++) {
        Mat plane = kept(scratch);
        Mat truthPlane = kept(scratch);
        Core.extractChannel(a, plane, channel);
        Core.extractChannel(b, truthPlane, channel);
        ssim += ssim(plane, truthPlane) / 3;
      }
      Mat luma = luma(a, scratch);
      Mat truthLuma = luma(b, scratch);
      return new ImageQuality(
          psnr(Core.norm(a, b, Core.NORM_L2SQR), a),
          ssim,
          psnr(Core.norm(luma, truthLuma, Core.NORM_L2SQR), luma),
          ssim(luma, truthLuma),
          psnr(detailError(image, truth, scratch), a));
    } finally {
      scratch.forEach(Mat::release);
    }
  }

  /**
   * Averages each measure. Identical pictures have an infinite PSNR, which no average can hold:
   * they are left out of the PSNR means, which are infinite only if every picture is identical.
   *
   * @throws IllegalArgumentException if there is nothing to average
   */
  public static ImageQuality mean(Collection<ImageQuality> qualities) {
    if (qualities.isEmpty()) {
      throw new IllegalArgumentException("qualities must not be empty");
    }
    return new ImageQuality(
        finiteMean(qualities.stream().mapToDouble(ImageQuality::psnr).toArray()),
        qualities.stream().mapToDouble(ImageQuality::ssim).average().orElseThrow(),
        finiteMean(qualities.stream().mapToDouble(ImageQuality::psnrY).toArray()),
        qualities.stream().mapToDouble(ImageQuality::ssimY).average().orElseThrow(),
        finiteMean(qualities.stream().mapToDouble(ImageQuality::psnrDetail).toArray()));
  }

  private static double finiteMean(double... values) {
    return Arrays.stream(values)
        .filter(Double::isFinite)
        .average()
        .orElse(Double.POSITIVE_INFINITY);
  }

  private static void requireComparable(Mat image, Mat truth) {
    if (image.type() != CvType.CV_8UC3 || truth.type() != CvType.CV_8UC3) {
      throw new DeweatherException(
          "pictures to compare must be 8-bit with 3 channels, are %s and %s"
              .formatted(CvType.typeToString(image.type()), CvType.typeToString(truth.type())));
    }
    if (image.rows() != truth.rows() || image.cols() != truth.cols()) {
      throw new DeweatherException(
          "pictures to compare must be of one size, are %dx%d and %dx%d"
              .formatted(image.cols(), image.rows(), truth.cols(), truth.rows()));
    }
    if (image.rows() < WINDOW || image.cols() < WINDOW) {
      throw new DeweatherException(
          "pictures to compare must be at least %dx%d, are %dx%d"
              .formatted(WINDOW, WINDOW, image.cols(), image.rows()));
    }
  }

  /** From the sum of squared differences over all of a picture's values. */
  private static double psnr(double squares, Mat of) {
    return squares == 0
        ? Double.POSITIVE_INFINITY
        : 10 * Math.log10(PEAK * PEAK * of.total() * of.channels() / squares);
  }

  /** The sum of squares of what a smooth change of light does not explain. */
  private static double detailError(Mat image, Mat truth, List<Mat> scratch) {
    Mat error = kept(scratch);
    Core.subtract(image, truth, error, new Mat(), CvType.CV_32F);
    Mat smooth = kept(scratch);
    double sigma = Math.min(image.rows(), image.cols()) * SMOOTH;
    Imgproc.GaussianBlur(error, smooth, new Size(0, 0), sigma);
    return Core.norm(error, smooth, Core.NORM_L2SQR);
  }

  private static double ssim(Mat a, Mat b) {
    List<Mat> scratch = new ArrayList<>();
    try {
      Mat meanA = windowed(a, scratch);
      Mat meanB = windowed(b, scratch);
      Mat meanAb = product(meanA, meanB, scratch);
      Mat meanAa = product(meanA, meanA, scratch);
      Mat meanBb = product(meanB, meanB, scratch);
      Mat covariance = windowed(product(a, b, scratch), scratch);
      Core.subtract(covariance, meanAb, covariance);
      Mat variances = windowed(product(a, a, scratch), scratch);
      Mat varianceB = windowed(product(b, b, scratch), scratch);
      Core.add(variances, varianceB, variances);
      Core.subtract(variances, meanAa, variances);
      Core.subtract(variances, meanBb, variances);

      meanAb.convertTo(meanAb, -1, 2, C1);
      covariance.convertTo(covariance, -1, 2, C2);
      Mat numerator = product(meanAb, covariance, scratch);
      Core.add(meanAa, meanBb, meanAa);
      meanAa.convertTo(meanAa, -1, 1, C1);
      variances.convertTo(variances, -1, 1, C2);
      Mat denominator = product(meanAa, variances, scratch);
      Core.divide(numerator, denominator, numerator);
      return Core.mean(numerator).val[0];
    } finally {
      scratch.forEach(Mat::release);
    }
  }

  /** The weighted mean around each pixel whose window lies inside the picture. */
  private static Mat windowed(Mat plane, List<Mat> scratch) {
    Mat blurred = kept(scratch);
    Imgproc.GaussianBlur(plane, blurred, new Size(WINDOW, WINDOW), SIGMA, SIGMA);
    int border = WINDOW / 2;
    Mat valid = blurred.submat(border, plane.rows() - border, border, plane.cols() - border);
    scratch.add(valid);
    return valid;
  }

  private static Mat product(Mat a, Mat b, List<Mat> scratch) {
    Mat product = kept(scratch);
    Core.multiply(a, b, product);
    return product;
  }

  private static Mat doubles(Mat image, List<Mat> scratch) {
    Mat doubles = kept(scratch);
    image.convertTo(doubles, CvType.CV_64F);
    return doubles;
  }

  private static Mat luma(Mat bgr, List<Mat> scratch) {
    Mat weights = new Mat(1, 4, CvType.CV_64F);
    scratch.add(weights);
    weights.put(0, 0, 24.966 / PEAK, 128.553 / PEAK, 65.481 / PEAK, 16);
    Mat luma = kept(scratch);
    Core.transform(bgr, luma, weights);
    return luma;
  }

  private static Mat kept(List<Mat> scratch) {
    Mat mat = new Mat();
    scratch.add(mat);
    return mat;
  }
}
