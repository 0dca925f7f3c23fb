package io.deweather.models.weather;

import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfDouble;
import org.opencv.core.Point;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * The clean scene as its camera would have exposed it: tone, and at times dusk or night with
 * lights. The weather falls into this scene, and this scene is what a restorer has to return.
 */
final class Scene {
  private final Mat clean;
  private final double night;
  private final double level;
  private final double bright;
  private final Mat glow;

  private Scene(Mat clean, double night, double level, double bright, Mat glow) {
    this.clean = clean;
    this.night = night;
    this.level = level;
    this.bright = bright;
    this.glow = glow;
  }

  /** The clean scene, {@code CV_32FC3}, 0..1. */
  Mat clean() {
    return clean;
  }

  /** 0 by day to 1 at night. */
  double night() {
    return night;
  }

  /** Mean brightness. */
  double level() {
    return level;
  }

  /** Brightness of the lighter parts, what the sky is likely to be like. */
  double bright() {
    return bright;
  }

  /** Light around lamps, one channel, or null: what falls in it lights up. */
  Mat glow() {
    return glow;
  }

  /** Whether a picture is light enough for night to be made of it. */
  static boolean isLight(Mat picture) {
    Scalar means = Core.mean(picture);
    return (means.val[0] + means.val[1] + means.val[2]) / (3 * 255) > 0.25;
  }

  static Scene draw(Scratch scratch, Dice dice, Framing framing, Mat picture, boolean isLight) {
    int light = dice.pick(0.5, 0.3, isLight ? 0.2 : 0.03);
    double night = light == 2 ? dice.uniform(0.3, 1) : 0;
    Mat clean = light == 0 ? plain(scratch, picture) : tone(scratch, dice, picture, night);
    Mat glow = null;
    if (night > 0 && dice.chance(0.7)) {
      glow = lamps(scratch, dice, framing, clean);
    }
    Mat grey = scratch.mat();
    Imgproc.cvtColor(clean, grey, Imgproc.COLOR_BGR2GRAY);
    MatOfDouble average = new MatOfDouble();
    MatOfDouble deviation = new MatOfDouble();
    scratch.keep(average);
    scratch.keep(deviation);
    Core.meanStdDev(grey, average, deviation);
    double level = average.get(0, 0)[0];
    double bright = Math.min(1, level + 1.3 * deviation.get(0, 0)[0]);
    return new Scene(clean, night, level, bright, glow);
  }

  private static Mat plain(Scratch scratch, Mat picture) {
    Mat clean = scratch.mat();
    picture.convertTo(clean, CvType.CV_32F, 1 / 255.0);
    return clean;
  }

  /** Exposure, gamma, contrast, white balance by one table per channel, then saturation. */
  private static Mat tone(Scratch scratch, Dice dice, Mat picture, double night) {
    double gamma = dice.octaves(0.75, 1.35) + 0.5 * night * dice.uniform(0.5, 1.3);
    double gain = dice.uniform(0.8, 1.1) * (1 - 0.55 * night * dice.uniform(0.6, 1));
    double contrast = dice.uniform(-0.15, 0.3);
    double warm = dice.uniform(-0.06, 0.06) + night * dice.uniform(-0.12, 0.22);
    double[] balance = {1 - warm, 1 + dice.uniform(-0.02, 0.02), 1 + warm};
    float[] table = new float[256 * 3];
    for (int i = 0; i < 256; i++) {
      double v = Math.pow(i / 255.0, gamma);
      v += contrast * v * (1 - v) * (2 * v - 1) * 2;
      for (int channel = 0; channel < 3; channel++) {
        table[3 * i + channel] = (float) Math.min(1, v * gain * balance[channel]);
      }
    }
    Mat lookup = scratch.keep(new Mat(1, 256, CvType.CV_32FC3));
    lookup.put(0, 0, table);
    Mat toned = scratch.mat();
    Core.LUT(picture, lookup, toned);
    double saturation = dice.uniform(0.6, 1.25) * (1 - 0.35 * night);
    saturate(scratch, toned, saturation);
    Scratch.clip(toned, 1);
    return toned;
  }

  /** Mixes each pixel with its own grey (BT.601 luma); 1 leaves it, 0 is grey. */
  static void saturate(Scratch scratch, Mat image, double saturation) {
    double[] luma = {0.114, 0.587, 0.299};
    Mat mix = scratch.keep(new Mat(3, 3, CvType.CV_32F));
    for (int row = 0; row < 3; row++) {
      for (int column = 0; column < 3; column++) {
        mix.put(row, column, luma[column] * (1 - saturation) + (row == column ? saturation : 0));
      }
    }
    Core.transform(image, image, mix);
  }

  /** Head, tail and street lights with their halo. */
  private static Mat lamps(Scratch scratch, Dice dice, Framing framing, Mat clean) {
    Mat lamps = scratch.fill(framing.size(), CvType.CV_32FC3, 0);
    int count = dice.between(1, 7);
    for (int i = 0; i < count; i++) {
      Scalar colour =
          switch (dice.pick(0.5, 0.3, 0.2)) {
            case 0 -> new Scalar(dice.uniform(0.7, 1), dice.uniform(0.85, 1), 1);
            case 1 -> new Scalar(dice.uniform(0.2, 0.5), dice.uniform(0.55, 0.8), 1);
            default -> new Scalar(0.15, 0.15, dice.uniform(0.7, 1));
          };
      Point at = new Point(dice.uniform(0, framing.width()), dice.uniform(0, framing.height()));
      int radius = (int) Math.max(1, framing.thousandths(dice.octaves(1.5, 10)));
      Imgproc.circle(lamps, at, radius, colour, -1, Imgproc.LINE_8);
    }
    Mat near = scratch.blur(lamps, Math.max(0.7, framing.thousandths(2)));
    Mat halo = scratch.blur(lamps, framing.thousandths(dice.octaves(12, 40)));
    Mat far = scratch.blur(lamps, framing.thousandths(dice.octaves(60, 160)));
    Core.scaleAdd(halo, dice.uniform(1, 4), near, near);
    Core.scaleAdd(far, dice.uniform(1, 5), near, near);
    Scratch.clip(near, 1);
    Mat rest = scratch.mat();
    Core.multiply(near, clean, rest);
    Core.subtract(near, rest, near);
    Core.add(clean, near, clean); // screen: neither clips nor turns grey
    Mat glow = scratch.mat();
    Imgproc.cvtColor(far, glow, Imgproc.COLOR_BGR2GRAY);
    Core.multiply(glow, Scalar.all(6), glow);
    Core.min(glow, Scalar.all(1), glow);
    return glow;
  }

  /**
   * A light of the brightness of this scene's sky: {@code share} 1 is as bright as its brightest.
   */
  Scalar skylight(Dice dice, double share) {
    double grey = Math.max(0.12, share * Math.max(bright, 0.35 * (1 - night)));
    double tint = dice.uniform(-0.05, 0.05);
    return new Scalar(grey * (1 + tint), grey, grey * (1 - tint));
  }

  Size size() {
    return clean.size();
  }
}
