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
 * One layer of flakes of about one size.
 *
 * @param scratch the memory to draw in
 * @param dice what chance decides, drawn from in a fixed order
 * @param framing of the image
 * @param diameter of a flake, in pixels
 * @param trace how far one falls during the exposure, in pixels
 * @param angle it falls at, in degrees from straight down
 * @param coverage the share of the image that flakes cover, about
 */
record Flakes(
    Scratch scratch,
    Dice dice,
    Framing framing,
    double diameter,
    double trace,
    double angle,
    double coverage) {

  /** The layer, one channel, 0..1. */
  Mat drawn(boolean crisp) {
    double blur = crisp ? dice.uniform(0, 0.1) : dice.uniform(0.06, 0.35);
    Mat flakes;
    if (diameter < 4) {
      flakes = dots();
    } else if (diameter < 24 && dice.chance(0.35)) {
      flakes = specks();
    } else {
      flakes = shapes();
    }
    return diameter > 3 ? scratch.blur(flakes, Math.max(0.45, blur * diameter)) : flakes;
  }

  /** Flakes of a few pixels: points, rounded and smeared. */
  private Mat dots() {
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
  private Mat specks() {
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
    expose(canvas, noise, unit);
    return canvas.project(noise, 0);
  }

  /** Moves flakes during the exposure: drawn out, each covers a point for part of the time only. */
  private void expose(MotionCanvas canvas, Mat flakes, double unit) {
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
  private Mat shapes() {
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
        case 0 -> ellipse(drawn, x, y, radius, 0.85, value);
        case 1 -> polygon(drawn, x, y, radius, value);
        default -> {
          int parts = dice.between(1, 4);
          for (int part = 0; part < parts; part++) {
            double reach = radius * 0.7;
            ellipse(
                drawn,
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
    expose(canvas, shapes, unit);
    return canvas.project(shapes, 0);
  }

  private void ellipse(Mat on, double x, double y, double radius, double roundness, double value) {
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

  private void polygon(Mat on, double x, double y, double radius, double value) {
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
}
