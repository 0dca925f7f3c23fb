package io.deweather.models.weather;

import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.core.MatOfInt;
import org.opencv.core.Rect;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgcodecs.Imgcodecs;
import org.opencv.imgproc.Imgproc;

/**
 * What the camera adds. The target of restoration is what the same camera would have seen in clear
 * weather, before compression: so sensor noise is the same in both pictures (a network that learns
 * to remove it smears the texture of pictures that have none), and coding artefacts are in the
 * degraded picture only, mild, since they are rewarding to remove around streaks and flakes.
 */
final class Capture {
  private Capture() {}

  /**
   * Adds the same sensor noise to both pictures, at times, in place; other noise at another time.
   */
  static void expose(
      Scratch scratch, Dice dice, Scene scene, double time, Mat degraded, Mat clean) {
    if (!dice.chance(0.3 + 0.5 * scene.night())) {
      return;
    }
    double read = dice.octaves(0.002, 0.008) * (1 + scene.night());
    double shot = dice.octaves(0.002, 0.012) * (1 + scene.night());
    Dice grain = time == 0 ? dice : Dice.of("grain", dice.seed() + Math.round(1000 * time) * 31);
    Mat noise = scratch.gaussianNoise(grain, clean.size(), CvType.CV_32FC3);
    if (dice.chance(0.5)) {
      // Demosaicking and the camera's own denoising leave coarser grain.
      Imgproc.GaussianBlur(noise, noise, new Size(3, 3), 0.6);
      Core.multiply(noise, Scalar.all(1.6), noise);
    }
    Mat deviation = scratch.mat(); // shot noise grows with the root of the light
    Core.sqrt(clean, deviation);
    deviation.convertTo(deviation, -1, shot, read);
    Core.multiply(noise, deviation, noise);
    Core.add(clean, noise, clean);
    Core.add(degraded, noise, degraded);
  }

  /** Encodes and decodes the 8-bit picture in place, at times. */
  static void compress(Scratch scratch, Dice dice, Mat degraded) {
    if (!dice.chance(0.35)) {
      return;
    }
    boolean video = dice.chance(0.3);
    int quality = video ? dice.between(45, 75) : dice.between(60, 98);
    // A crop of a coded picture seldom begins at the corner of a coding block.
    int left = dice.between(0, 7);
    int above = dice.between(0, 7);
    Mat shifted = scratch.mat();
    Core.copyMakeBorder(degraded, shifted, above, 0, left, 0, Core.BORDER_REFLECT_101);
    MatOfByte coded = new MatOfByte();
    MatOfInt settings = new MatOfInt(Imgcodecs.IMWRITE_JPEG_QUALITY, quality);
    scratch.keep(coded);
    scratch.keep(settings);
    Imgcodecs.imencode(".jpg", shifted, coded, settings);
    Mat decoded = scratch.keep(Imgcodecs.imdecode(coded, Imgcodecs.IMREAD_COLOR));
    if (video) {
      // Video coders smooth block edges in the loop, and fine texture with them.
      Mat smooth = scratch.mat();
      Imgproc.GaussianBlur(decoded, smooth, new Size(3, 3), 0.7);
      Core.addWeighted(decoded, 0.5, smooth, 0.5, 0, decoded);
    }
    Rect inside = new Rect(left, above, degraded.cols(), degraded.rows());
    scratch.keep(decoded.submat(inside)).copyTo(degraded);
  }
}
