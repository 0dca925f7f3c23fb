package io.deweather.models.weather;

import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Point;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * Falling rain. A drop moves during the exposure and leaves a streak that is brighter than what is
 * behind it, since it refracts light from much of the sky: {@code I = (1 - a) J + a E} (Garg and
 * Nayar, "Vision and Rain", IJCV 2007, eq. 8 and 11). Streaks of several depths add up, {@code J +
 * sum S_i} (Yang et al., "Deep Joint Rain Detection and Removal", CVPR 2017, eq. 3), under the veil
 * of the rain too far to resolve: {@code I = T (J + sum S_i) + (1 - T) A} (Li, Cheong and Tan,
 * "Heavy Rain Image Restoration", CVPR 2019, eq. 4).
 */
final class Rain {
  /** How a rain picture looks; each is a family that some camera or benchmark shows. */
  private enum Style {
    /** A few crisp, thin streaks of one direction, no veil. */
    CRISP,
    /** Dense bright streaks, layer over layer. */
    DENSE,
    /** Streaks in a thick veil that grows with depth. */
    ACCUMULATED,
    /** Faint fine rain far off, a few soft streaks close to the lens, a light veil. */
    NATURAL
  }

  private Rain() {}

  /** Lets it rain into the image, in place; strength 0 to 1. */
  static void fall(
      Scratch scratch, Dice dice, Framing framing, Scene scene, Mat image, double strength) {
    double s = strength;
    Style style =
        Style.values()[
            dice.pick(
                0.55 - 0.45 * s, // crisp
                Math.max(0, s - 0.3) * 0.6, // dense
                0.12 + 0.4 * s, // accumulated
                0.35 - 0.2 * s)]; // natural
    double angle = dice.chance(0.5) ? dice.uniform(-15, 15) : dice.uniform(-45, 45);
    Mat streaks = scratch.fill(framing.size(), CvType.CV_32F, 0);
    int layers =
        switch (style) {
          case CRISP -> dice.between(1, 2);
          case DENSE -> dice.between(2, 4);
          case ACCUMULATED -> dice.between(2, 4);
          case NATURAL -> dice.between(2, 3);
        };
    for (int i = 0; i < layers; i++) {
      double turned = angle + dice.uniform(-1, 1) * (style == Style.DENSE ? 8 : 4);
      Mat layer = layer(scratch, dice.split(), framing, style, turned, s);
      Core.add(streaks, layer, streaks);
    }
    if (style == Style.NATURAL || dice.chance(0.2)) {
      Core.add(streaks, close(scratch, dice.split(), framing, angle, s), streaks);
    }
    if (dice.chance(0.35)) {
      Mat gusts =
          scratch.smoothNoise(dice, framing.size(), framing.thousandths(dice.octaves(100, 600)));
      gusts.convertTo(gusts, CvType.CV_32F, 1.2, 0.35);
      Scratch.clip(gusts, 1.3);
      Core.multiply(streaks, gusts, streaks);
    }
    light(scratch, dice, scene, streaks);
    Scratch.clip(streaks, 1);
    Dice veil = dice.split();
    double[] transmission = transmission(veil, style, s);
    if (transmission != null && veil.chance(0.4)) {
      // Streaks in front of the veil rather than seen through it.
      veil(scratch, veil, framing, scene, image, transmission);
      transmission = null;
    }
    blend(scratch, dice, scene, image, streaks);
    if (transmission != null) {
      veil(scratch, veil, framing, scene, image, transmission);
    }
  }

  /** One layer of streaks at one depth, one channel, brightness 0 to about 1. */
  private static Mat layer(
      Scratch scratch, Dice dice, Framing framing, Style style, double angle, double s) {
    double scale = Math.sqrt(framing.full() / 480);
    double width;
    double length;
    double coverage;
    double brightness;
    switch (style) {
      case CRISP -> {
        width = dice.octaves(0.7, 2.2) * scale;
        length = framing.thousandths(dice.octaves(20, 160));
        coverage = dice.octaves(0.008, 0.05) * (1 + 1.5 * s);
        brightness = dice.uniform(0.25, 0.75);
      }
      case DENSE -> {
        width = dice.octaves(1, 4) * scale;
        length = framing.thousandths(dice.octaves(60, 400));
        coverage = dice.uniform(0.04, 0.12) + 0.22 * s * dice.uniform(0.3, 1);
        brightness = dice.uniform(0.3, 0.9);
      }
      case ACCUMULATED -> {
        width = dice.octaves(0.8, 2.5) * scale;
        length = framing.thousandths(dice.octaves(25, 200));
        coverage = dice.uniform(0.02, 0.1) + 0.18 * s * dice.uniform(0.2, 1);
        brightness = dice.uniform(0.15, 0.55);
      }
      default -> {
        width = dice.octaves(0.7, 1.8) * scale;
        length = framing.thousandths(dice.octaves(10, 90));
        coverage = dice.uniform(0.02, 0.12) * (0.5 + s);
        brightness = dice.uniform(0.1, 0.4);
      }
    }
    length = Math.max(length, 5 * width);
    double drawn = coverage * framing.area() / (0.7 * length * Math.max(1, width));
    boolean few = width < 2.6 && drawn < 200 + framing.area() / 250;
    Mat layer =
        few && (style == Style.CRISP && dice.chance(0.5) || dice.chance(0.1))
            ? lines(scratch, dice, framing, angle, width, length, coverage)
            : dice.chance(0.2)
                ? grain(scratch, dice, framing, angle, width, length)
                : field(scratch, dice, framing, angle, width, length, coverage);
    Core.multiply(layer, Scalar.all(brightness), layer);
    return layer;
  }

  /** Streaks from thresholded noise smeared along their fall: any density at the same cost. */
  private static Mat field(
      Scratch scratch,
      Dice dice,
      Framing framing,
      double angle,
      double width,
      double length,
      double coverage) {
    double unit = Math.max(0.8, width);
    MotionCanvas canvas = new MotionCanvas(scratch, framing, angle, unit, length);
    double share = Math.min(0.5, coverage * unit / length);
    Mat all = canvas.points(dice, share * 0.6);
    canvas.smear(all, length, 0.33);
    Mat shorter = canvas.points(dice, share * 0.8);
    canvas.smear(shorter, length * dice.uniform(0.4, 0.7), 0.33);
    Core.add(all, shorter, all);
    Scratch.clip(all, 1.2);
    double perspective = dice.chance(0.4) ? dice.uniform(-0.35, 0.35) : 0;
    Mat field = canvas.project(all, perspective);
    if (width < unit) {
      Core.multiply(field, Scalar.all(width / unit), field);
    }
    if (dice.chance(0.3)) {
      Imgproc.GaussianBlur(field, field, new Size(0, 0), dice.uniform(0.4, 0.4 + 0.3 * width));
    }
    return field;
  }

  /** Fine rain everywhere, without single streaks: smeared noise, its contrast stretched. */
  private static Mat grain(
      Scratch scratch, Dice dice, Framing framing, double angle, double width, double length) {
    double unit = Math.max(0.8, width);
    MotionCanvas canvas = new MotionCanvas(scratch, framing, angle, unit, length);
    Mat noise = scratch.uniformNoise(dice, canvas.size());
    int long_ = (int) Math.max(3, Math.round(length / unit));
    Imgproc.blur(noise, noise, new Size(1, long_));
    double deviation = 1 / Math.sqrt(12.0 * long_); // of the mean of long_ uniform values
    double gain = 1 / (2.5 * deviation);
    double above = dice.uniform(0.3, 1.6) * deviation;
    noise.convertTo(noise, CvType.CV_32F, gain, -gain * (0.5 + above));
    Scratch.clip(noise, 1);
    return canvas.project(noise, dice.chance(0.3) ? dice.uniform(-0.3, 0.3) : 0);
  }

  /** Streaks drawn one by one, anti-aliased: crisp, each with its own length and brightness. */
  private static Mat lines(
      Scratch scratch,
      Dice dice,
      Framing framing,
      double angle,
      double width,
      double length,
      double coverage) {
    Mat drawn = scratch.keep(Mat.zeros(framing.size(), CvType.CV_8U));
    double mean = length * 0.7;
    int count = dice.round(coverage * framing.area() / (mean * Math.max(1, width)));
    double spread = dice.octaves(0.3, 4);
    int thickness = (int) Math.max(1, Math.round(width));
    for (int i = 0; i < count; i++) {
      double own = length * dice.uniform(0.3, 1.1);
      double turn = Math.toRadians(angle + dice.uniform(-spread, spread));
      double fallen = framing.time() * 2.5 * length; // an exposure is a part of the time
      double x = within(dice.uniform(-0.1, 1.1) + Math.sin(turn) * fallen / framing.width());
      double y = within(dice.uniform(-0.1, 1.1) + Math.cos(turn) * fallen / framing.height());
      x *= framing.width();
      y *= framing.height();
      double dx = Math.sin(turn) * own / 2;
      double dy = Math.cos(turn) * own / 2;
      double value = 255 * dice.uniform(0.25, 1);
      line(drawn, x - dx, y - dy, x + dx, y + dy, value * 0.6, thickness);
      line(drawn, x - dx * 0.6, y - dy * 0.6, x + dx * 0.6, y + dy * 0.6, value, thickness);
    }
    Mat lines = scratch.mat();
    drawn.convertTo(lines, CvType.CV_32F, 1 / 255.0);
    if (dice.chance(0.4)) {
      Imgproc.GaussianBlur(lines, lines, new Size(0, 0), dice.uniform(0.4, 0.8));
    }
    return lines;
  }

  /** What leaves the picture and a tenth around it comes in again on the other side. */
  private static double within(double share) {
    return share - 1.2 * Math.floor((share + 0.1) / 1.2);
  }

  private static void line(
      Mat on, double x0, double y0, double x1, double y1, double value, int thickness) {
    Point from = new Point(Math.round(x0 * 16), Math.round(y0 * 16));
    Point to = new Point(Math.round(x1 * 16), Math.round(y1 * 16));
    Imgproc.line(on, from, to, Scalar.all(value), thickness, Imgproc.LINE_AA, 4);
  }

  /** A few streaks right before the lens: long, wide, out of focus and faint. */
  private static Mat close(Scratch scratch, Dice dice, Framing framing, double angle, double s) {
    double width = framing.thousandths(dice.octaves(5, 16));
    double length = framing.thousandths(dice.octaves(120, 500));
    Mat close =
        field(scratch, dice, framing, angle, width, length, dice.uniform(0.02, 0.08 + 0.1 * s));
    Mat soft = scratch.blur(close, width * dice.uniform(0.3, 0.8));
    Core.multiply(soft, Scalar.all(dice.uniform(0.06, 0.28)), soft);
    return soft;
  }

  /** Rain is seen where there is light: at night mostly around lamps. */
  private static void light(Scratch scratch, Dice dice, Scene scene, Mat streaks) {
    if (scene.night() == 0) {
      return;
    }
    double ambient = 1 - scene.night() * dice.uniform(0.3, 0.75);
    if (scene.glow() == null) {
      Core.multiply(streaks, Scalar.all(ambient), streaks);
      return;
    }
    Mat lit = scratch.mat();
    scene.glow().convertTo(lit, CvType.CV_32F, 0.8, ambient);
    Core.multiply(streaks, lit, streaks);
  }

  private static void blend(Scratch scratch, Dice dice, Scene scene, Mat image, Mat streaks) {
    switch (dice.pick(0.4, 0.3, 0.3)) {
      case 0 -> // plain sum, as most published pairs are made
          scratch.addLight(image, streaks, tint(dice, dice.uniform(0.75, 1)));
      case 1 -> scratch.cover(image, streaks, tint(dice, dice.uniform(0.85, 1))); // screen
      default -> scratch.cover(image, streaks, scene.skylight(dice, dice.uniform(0.9, 1.3)));
    }
    Scratch.clip(image, 1);
  }

  private static Scalar tint(Dice dice, double grey) {
    double tint = dice.uniform(-0.03, 0.04);
    return new Scalar(grey * (1 + tint), grey, grey * (1 - tint));
  }

  /** Transmission far off and close by, or null for no veil. */
  private static double[] transmission(Dice dice, Style style, double s) {
    return switch (style) {
      case ACCUMULATED -> {
        double least = dice.uniform(0.75 - 0.6 * s, 0.9 - 0.6 * s);
        yield new double[] {least, Math.max(least, dice.uniform(1 - 0.35 * s, 1))};
      }
      case NATURAL -> new double[] {dice.uniform(0.85 - 0.4 * s, 0.95), dice.uniform(0.96, 1)};
      default ->
          dice.chance(0.15) ? new double[] {dice.uniform(0.6, 0.95), dice.uniform(0.95, 1)} : null;
    };
  }

  private static void veil(
      Scratch scratch, Dice dice, Framing framing, Scene scene, Mat image, double[] transmission) {
    Scalar airlight = scene.skylight(dice, dice.uniform(0.7, 1.25));
    if (scene.night() == 0 && dice.chance(0.3)) {
      airlight = tint(dice, dice.uniform(0.4, 0.95));
    }
    Scratch.clip(image, 1);
    Veil.cover(scratch, dice, framing, image, transmission[0], transmission[1], airlight);
  }
}
