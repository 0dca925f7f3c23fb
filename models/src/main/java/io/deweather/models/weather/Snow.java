package io.deweather.models.weather;

import java.util.ArrayList;
import java.util.List;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfPoint;
import org.opencv.core.Point;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * Falling snow in depth layers, from a haze of dots to large soft flakes at the lens: {@code I = a
 * z + J (1 - z)} with the translucent snow mask z and the snow's colour a (Liu et al., "DesnowNet",
 * TIP 2018, eq. 1), under a veil.
 */
final class Snow {
  private Snow() {}

  /** Lets it snow into the image, in place; strength 0 to 1. */
  static void fall(
      Scratch scratch, Dice dice, Framing framing, Scene scene, Mat image, double strength) {
    double s = strength;
    Dice veil = dice.split();
    if (veil.chance(0.25 + 0.45 * s)) {
      double least = veil.uniform(0.9 - 0.5 * s, 0.97 - 0.2 * s);
      double nearest = Math.max(least, veil.uniform(1 - 0.15 * s, 1));
      Scalar airlight = scene.skylight(veil, veil.uniform(0.85, 1.35));
      Veil.cover(scratch, veil, framing, image, least, nearest, airlight);
    }
    double angle = dice.chance(0.6) ? dice.uniform(-30, 30) : dice.uniform(-75, 75);
    double speed = dice.chance(0.3) ? 0 : dice.octaves(0.5, 6); // flake sizes per exposure
    // Which sizes there are: all of them, or up to small, medium or large flakes.
    double largest =
        switch (dice.pick(0.3, 0.3, 0.4)) {
          case 0 -> dice.octaves(4, 10);
          case 1 -> dice.octaves(10, 30);
          default -> dice.octaves(30, 100);
        };
    largest = Math.max(2, framing.thousandths(largest));
    int layers = dice.between(2, 5);
    double size = Math.max(0.8, Math.min(1.6, framing.thousandths(2.5)));
    double step = Math.pow(largest / size, 1.0 / Math.max(1, layers - 1));
    boolean crisp = dice.chance(0.4);
    for (int i = 0; i < layers; i++) {
      Dice own = dice.split();
      double diameter = size * Math.pow(step, i) * own.octaves(0.75, 1.3);
      double trace =
          speed * diameter * own.uniform(0.5, 1.2) * Math.min(1, Math.sqrt(8 / diameter));
      double turned = angle + own.uniform(-18, 18);
      Mat flakes = layer(scratch, own, framing, diameter, trace, turned, s, crisp);
      double soft = framing.thousandths(25);
      double opacity = diameter > soft ? own.uniform(0.25, 0.85) : own.uniform(0.4, 1);
      lit(scratch, own, scene, flakes, opacity);
      scratch.cover(image, flakes, white(own, scene));
    }
    Scratch.clip(image, 1);
  }

  /** One layer of flakes of about one size, one channel, 0..1. */
  private static Mat layer(
      Scratch scratch,
      Dice dice,
      Framing framing,
      double diameter,
      double trace,
      double angle,
      double s,
      boolean crisp) {
    // Large flakes are few: the covered share falls with size.
    double coverage = dice.octaves(0.006, 0.035) * (0.5 + 3.5 * s) / Math.sqrt(1 + diameter / 12);
    double blur = crisp ? dice.uniform(0, 0.1) : dice.uniform(0.06, 0.35);
    Mat flakes;
    if (diameter < 4) {
      flakes = dots(scratch, dice, framing, diameter, trace, angle, coverage);
    } else if (diameter < 24 && dice.chance(0.35)) {
      flakes = specks(scratch, dice, framing, diameter, trace, angle, coverage);
    } else {
      flakes = shapes(scratch, dice, framing, diameter, trace, angle, coverage);
    }
    if (diameter > 3) {
      flakes = scratch.blur(flakes, Math.max(0.45, blur * diameter));
    }
    return flakes;
  }

  /** Flakes of a few pixels: points, rounded and smeared. */
  private static Mat dots(
      Scratch scratch,
      Dice dice,
      Framing framing,
      double diameter,
      double trace,
      double angle,
      double coverage) {
    double unit = Math.max(0.8, diameter / 1.7);
    MotionCanvas canvas = new MotionCanvas(scratch, framing, angle, unit, trace);
    double share = coverage * unit * unit / (diameter * (diameter + trace));
    Mat dots = canvas.points(dice, Math.min(0.3, share));
    double sigma = dice.uniform(0.5, 0.75);
    Imgproc.GaussianBlur(dots, dots, new Size(5, 5), sigma);
    Core.multiply(dots, Scalar.all(2 * Math.PI * sigma * sigma * 1.2), dots);
    canvas.smear(dots, trace, 0.7);
    if (trace > 3 * unit) {
      Core.multiply(dots, Scalar.all(0.75), dots); // spread over its path, a flake covers less
    }
    Scratch.clip(dots, 1);
    return canvas.project(dots, 0);
  }

  /** Irregular flakes and clumps: smooth noise above a threshold. */
  private static Mat specks(
      Scratch scratch,
      Dice dice,
      Framing framing,
      double diameter,
      double trace,
      double angle,
      double coverage) {
    double unit = diameter / 4;
    MotionCanvas canvas = new MotionCanvas(scratch, framing, angle, unit, trace);
    Mat noise = scratch.gaussianNoise(dice, canvas.size(), CvType.CV_32F);
    double sigma = 1.3;
    Imgproc.GaussianBlur(noise, noise, new Size(9, 9), sigma);
    double deviation = 1 / (2 * sigma * Math.sqrt(Math.PI));
    double above = quantile(Math.min(0.3, coverage * diameter / (diameter + trace))) * deviation;
    double gain = dice.octaves(2.5, 8) / deviation;
    noise.convertTo(noise, CvType.CV_32F, gain, -gain * above);
    Scratch.clip(noise, 1);
    expose(canvas, noise, diameter, trace, unit);
    return canvas.project(noise, 0);
  }

  /** Moves flakes during the exposure: drawn out, each covers a point for part of the time only. */
  private static void expose(
      MotionCanvas canvas, Mat flakes, double diameter, double trace, double unit) {
    if (trace < 2 * unit) {
      return;
    }
    canvas.smear(flakes, trace, 0.7);
    double passing = Math.max(1, Math.min(diameter, trace) / unit);
    double time = Math.pow(Math.min(1, diameter / trace), 0.7); // between physics and what is seen
    Core.multiply(flakes, Scalar.all(time / passing), flakes);
    Scratch.clip(flakes, 1);
  }

  /** Upper quantile of the normal distribution, accurate to a percent of a deviation. */
  private static double quantile(double share) {
    double t = Math.sqrt(-2 * Math.log(share)); // Abramowitz and Stegun 26.2.23
    return t
        - (2.515517 + 0.802853 * t + 0.010328 * t * t)
            / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t);
  }

  /** Flakes drawn one by one: discs, ellipses, polygons and clumps. */
  private static Mat shapes(
      Scratch scratch,
      Dice dice,
      Framing framing,
      double diameter,
      double trace,
      double angle,
      double coverage) {
    // Large flakes are soft: drawing them at a reduced scale loses nothing.
    double unit = Math.max(1, diameter / 16);
    MotionCanvas canvas = new MotionCanvas(scratch, framing, angle, unit, trace);
    Mat drawn = scratch.keep(Mat.zeros(canvas.size(), CvType.CV_8U));
    double area = canvas.size().area() * unit * unit;
    int count = dice.round(coverage * area / (0.6 * diameter * (diameter + trace)));
    count = Math.max(1, Math.min(count, 30_000));
    int kind = dice.pick(0.3, 0.4, 0.3);
    double spread = dice.uniform(1.1, 1.8);
    for (int i = 0; i < count; i++) {
      double radius = diameter / unit / 2 * dice.octaves(1 / spread, spread);
      double x = dice.uniform(0, canvas.size().width);
      double y = dice.uniform(0, canvas.size().height);
      double value = 255 * dice.uniform(0.35, 1);
      switch (kind) {
        case 0 -> ellipse(drawn, dice, x, y, radius, 0.85, value);
        case 1 -> polygon(drawn, dice, x, y, radius, value);
        default -> {
          int parts = dice.between(1, 4);
          for (int part = 0; part < parts; part++) {
            double reach = radius * 0.7;
            ellipse(
                drawn,
                dice,
                x + dice.uniform(-reach, reach),
                y + dice.uniform(-reach, reach),
                radius * dice.uniform(0.4, 0.8),
                0.5,
                value * dice.uniform(0.7, 1));
          }
        }
      }
    }
    Mat shapes = scratch.mat();
    drawn.convertTo(shapes, CvType.CV_32F, 1 / 255.0);
    expose(canvas, shapes, diameter, trace, unit);
    return canvas.project(shapes, 0);
  }

  private static void ellipse(
      Mat on, Dice dice, double x, double y, double radius, double roundness, double value) {
    double other = radius * dice.uniform(roundness, 1);
    Imgproc.ellipse(
        on,
        new Point(Math.round(x * 16), Math.round(y * 16)),
        new Size(Math.round(radius * 16), Math.round(other * 16)),
        dice.uniform(0, 180),
        0,
        360,
        Scalar.all(value),
        -1,
        Imgproc.LINE_AA,
        4);
  }

  private static void polygon(Mat on, Dice dice, double x, double y, double radius, double value) {
    int corners = dice.between(5, 9);
    double turn = dice.uniform(0, 2 * Math.PI);
    Point[] points = new Point[corners];
    for (int i = 0; i < corners; i++) {
      double direction = turn + 2 * Math.PI * i / corners;
      double reach = 16 * radius * dice.uniform(0.55, 1.15);
      points[i] =
          new Point(
              Math.round(16 * x + reach * Math.cos(direction)),
              Math.round(16 * y + reach * Math.sin(direction)));
    }
    MatOfPoint outline = new MatOfPoint(points);
    List<MatOfPoint> outlines = new ArrayList<>(List.of(outline));
    Imgproc.fillPoly(on, outlines, Scalar.all(value), Imgproc.LINE_AA, 4);
    outline.release();
  }

  private static void lit(Scratch scratch, Dice dice, Scene scene, Mat flakes, double opacity) {
    Core.multiply(flakes, Scalar.all(opacity), flakes);
    if (scene.glow() != null) {
      Mat lit = scratch.mat();
      scene.glow().convertTo(lit, CvType.CV_32F, 0.6, 0.4);
      Core.multiply(flakes, lit, flakes);
    }
  }

  private static Scalar white(Dice dice, Scene scene) {
    double grey = dice.uniform(0.75, 1) * (1 - scene.night() * dice.uniform(0.1, 0.45));
    double tint = dice.uniform(-0.03, 0.05);
    return new Scalar(Math.min(1, grey * (1 + tint)), grey, Math.min(1, grey * (1 - tint)));
  }
}
