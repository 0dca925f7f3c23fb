package io.deweather.models.weather;

import org.opencv.core.Mat;
import org.opencv.core.Size;

/**
 * Where the given picture lies in the picture the camera took. A training crop does not say how
 * large its photograph was, so that is drawn: sizes of streaks, flakes and drops follow the height
 * of the photograph, and the horizon may lie outside the crop.
 *
 * @param width of the given picture, pixels
 * @param height of the given picture, pixels
 * @param full height of the photograph it is taken from, pixels; at least most of {@code height}
 * @param top row of the photograph at which the given picture begins
 * @param time since the spell began, in 25ths of a second: how far what falls has fallen
 */
record Framing(int width, int height, double full, double top, double time) {

  static Framing draw(Dice dice, Mat picture, double time) {
    int height = picture.rows();
    double low = Math.max(256, 0.8 * height);
    double full = dice.octaves(low, Math.max(1200, 1.25 * height));
    if (height >= 300 && dice.chance(0.6)) {
      full = height * dice.uniform(0.85, 1.2); // large enough to be a whole photograph
    }
    double top = Math.max(0, full - height) * dice.uniform(0, 1);
    return new Framing(picture.cols(), height, full, top, time);
  }

  Size size() {
    return new Size(width, height);
  }

  /** Pixels for a length given in thousandths of the photograph's height. */
  double thousandths(double of) {
    return of * full / 1000;
  }

  double area() {
    return (double) width * height;
  }
}
