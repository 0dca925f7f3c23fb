package io.deweather.models.weather;

import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Point;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * Where the glass is wet: the outlines of drops, and how large the drop is that a pixel belongs to.
 */
final class WetGlass {
  private final Scratch scratch;
  private final Framing framing;
  private final Mat mask;
  private final Mat radius;

  WetGlass(Scratch scratch, Framing framing) {
    this.scratch = scratch;
    this.framing = framing;
    this.mask = scratch.keep(Mat.zeros(framing.size(), CvType.CV_8U));
    this.radius = scratch.fill(framing.size(), CvType.CV_32F, 1);
  }

  /** {@code CV_8U}, 255 where there is water. */
  Mat mask() {
    return mask;
  }

  /** {@code CV_32F}, radius in pixels of the drop at a pixel; 1 or more. */
  Mat radius() {
    return radius;
  }

  /** Adds drops of one kind; strength 0 to 1. */
  void wet(Dice dice, double s) {
    double covered = dice.octaves(0.03, 0.07) * (1 + 6 * s);
    int sort = dice.pick(0.45, 0.25, 0.3);
    switch (sort) {
      case 0 -> scatter(dice, covered, 2.5, dice.octaves(25, 65), 1.0);
      case 1 -> scatter(dice, covered, dice.octaves(4, 12), dice.octaves(18, 60), 0);
      default -> {
        scatter(dice, covered * 0.5, 4, dice.octaves(12, 45), 0.5);
      }
    }
    if (dice.chance(0.15 + 0.2 * s)) {
      trails(dice, dice.between(1, 4));
    }
    if (dice.chance(0.8)) {
      deform(dice);
    }
    if (sort == 2) {
      spray(dice, covered * 0.8, framing.thousandths(dice.octaves(3, 14)));
    }
  }

  /**
   * Single drops with radii in thousandths of the photograph's height: many small ones and a tail
   * of large ones, as drops that have merged on the glass are. An octave of size has twice as many
   * drops as the one above it, down to an eighth of the largest, and below that as many; with
   * {@code fall} the small end of the range is drawn more often, the density of log sizes rising as
   * its power.
   */
  private void scatter(Dice dice, double covered, double least, double most, double fall) {
    double left = covered * framing.area();
    double smallest = Math.max(1, framing.thousandths(least));
    double largest = Math.max(smallest, framing.thousandths(most));
    int count = 0;
    double tall = dice.uniform(0.9, 1.35);
    while (left > 0 && count < 4000) {
      double r =
          largest * Math.pow(smallest / largest, Math.pow(dice.uniform(0, 1), 1 / (1 + fall)));
      if (dice.chance(Math.min(1, largest / (8 * r)))) {
        double x = dice.uniform(-0.05, 1.05) * framing.width();
        double y = dice.uniform(-0.05, 1.05) * framing.height();
        drop(dice, x, y, r, tall);
        left -= Math.PI * r * r * tall;
      }
      count++;
    }
  }

  private void drop(Dice dice, double x, double y, double r, double tall) {
    ellipse(x, y, r, r * tall * dice.uniform(0.85, 1.15), dice.uniform(-20, 20), r);
    if (r < 3) {
      return;
    }
    int lobes = dice.pick(0.5, 0.2, 0.2, 0.1);
    for (int i = 0; i < lobes; i++) { // flowed into each other
      double away = r * dice.uniform(0.5, 1);
      double direction = dice.uniform(0, 2 * Math.PI);
      double own = r * dice.uniform(0.45, 0.9);
      ellipse(
          x + away * Math.cos(direction),
          y + away * Math.sin(direction),
          own,
          own * dice.uniform(0.8, 1.3),
          dice.uniform(0, 90),
          own);
    }
  }

  private void ellipse(double x, double y, double a, double b, double turn, double r) {
    Point centre = new Point(Math.round(x * 16), Math.round(y * 16));
    Size axes = new Size(Math.round(a * 16), Math.round(b * 16));
    Imgproc.ellipse(mask, centre, axes, turn, 0, 360, Scalar.all(255), -1, Imgproc.LINE_AA, 4);
    Size wider = new Size(axes.width + 24, axes.height + 24);
    Imgproc.ellipse(radius, centre, wider, turn, 0, 360, Scalar.all(r), -1, Imgproc.LINE_8, 4);
  }

  /** A field of small drops that touch here and there: smooth noise above a threshold. */
  private void spray(Dice dice, double covered, double diameter) {
    double cell = Math.max(1, diameter / 3);
    Size size =
        new Size(Math.ceil(framing.width() / cell) + 1, Math.ceil(framing.height() / cell) + 1);
    Mat noise = scratch.gaussianNoise(dice, size, CvType.CV_32F);
    Imgproc.GaussianBlur(noise, noise, new Size(7, 7), 1.1);
    double deviation = 1 / (2 * 1.1 * Math.sqrt(Math.PI));
    Mat large = scratch.mat();
    Imgproc.resize(noise, large, framing.size(), 0, 0, Imgproc.INTER_CUBIC);
    double above = (1.2 - 0.7 * Math.min(1, covered / 0.2)) * deviation;
    double gain = 255 * Math.max(1.5, cell) / deviation;
    Mat wet = scratch.mat();
    large.convertTo(wet, CvType.CV_8U, gain, -gain * above);
    Core.max(mask, wet, mask);
    Mat small = scratch.mat();
    Imgproc.threshold(wet, small, 1, 255, Imgproc.THRESH_BINARY);
    Mat size32 = scratch.fill(framing.size(), CvType.CV_32F, Math.max(1, 0.6 * diameter));
    Mat before = scratch.mat();
    Core.max(radius, size32, before);
    before.copyTo(radius, small);
  }

  /** Water that runs down: a drop, and behind it a wavering, broken track. */
  private void trails(Dice dice, int count) {
    for (int i = 0; i < count; i++) {
      double r = Math.max(1.5, framing.thousandths(dice.octaves(5, 22)));
      double x = dice.uniform(0, 1) * framing.width();
      double y = dice.uniform(-0.3, 0.6) * framing.height();
      double end = y + dice.uniform(0.15, 0.8) * framing.height();
      double slant = dice.uniform(-0.4, 0.4);
      boolean beads = dice.chance(0.5);
      while (y < end) {
        double own = r * (beads ? dice.uniform(0.2, 0.8) : dice.uniform(0.4, 0.7));
        ellipse(x, y, own, own * dice.uniform(1, 1.8), 0, r);
        y += own * (beads ? dice.uniform(1, 4) : dice.uniform(0.5, 0.9));
        x += (slant + dice.uniform(-0.5, 0.5)) * own;
      }
      ellipse(x, end, r, r * 1.3, 0, r);
    }
  }

  /** Makes outlines irregular, by shifting mask and sizes by smooth noise, then round again. */
  private void deform(Dice dice) {
    Size size = framing.size();
    double cell = Math.max(5, framing.thousandths(dice.octaves(20, 80)));
    double reach = cell * dice.uniform(0.08, 0.32);
    Mat dx = scratch.smoothNoise(dice, size, cell);
    Mat dy = scratch.smoothNoise(dice, size, cell);
    dx.convertTo(dx, CvType.CV_32F, 2 * reach, -reach);
    dy.convertTo(dy, CvType.CV_32F, 2 * reach, -reach);
    Core.add(dx, scratch.columns(size), dx);
    Core.add(dy, scratch.rows(size), dy);
    Mat source = scratch.keep(mask.clone());
    Imgproc.remap(source, mask, dx, dy, Imgproc.INTER_LINEAR, Core.BORDER_REFLECT);
    source = scratch.keep(radius.clone());
    Imgproc.remap(source, radius, dx, dy, Imgproc.INTER_NEAREST, Core.BORDER_REFLECT);
    tighten(dice, Math.min(cell * 0.2, 4));
  }

  /** Surface tension: rounds corners of the outline and fills narrow bays. */
  private void tighten(Dice dice, double width) {
    Mat soft = scratch.blur(mask, width);
    double steep = Math.max(1, 1.5 * width);
    // Below one half, so that drops smaller than the width stay.
    double middle = dice.uniform(90, 128);
    Mat round = scratch.mat();
    soft.convertTo(round, CvType.CV_8U, steep, 127 - steep * middle);
    Mat fine = scratch.mat();
    Core.compare(radius, Scalar.all(2 * width), fine, Core.CMP_GT);
    round.copyTo(mask, fine);
  }
}
