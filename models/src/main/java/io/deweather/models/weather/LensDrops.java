package io.deweather.models.weather;

import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Point;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * Drops on the lens or the windscreen: {@code I = (1 - M) B + R} (Qian et al., "Attentive
 * Generative Adversarial Network for Raindrop Removal", CVPR 2018, eq. 1), with M and R spread over
 * the blur disc of a drop that is out of focus. R follows the refraction in a drop as a lens of
 * very short focus (Halimeh and Roser, "Raindrop Detection on Car Windshields Using
 * Geometric-Photometric Environment Construction", IV 2009): each drop shows a wide field of the
 * scene upside down and minified, and its rim turns dark where rays are totally reflected.
 */
final class LensDrops {
  /** Pictures of drops are made from a reduced scene: a drop shows it minified. */
  private static final int REDUCE = 4;

  private final Scratch scratch;
  private final Framing framing;
  private final Mat mask;
  private final Mat radius;

  private LensDrops(Scratch scratch, Framing framing) {
    this.scratch = scratch;
    this.framing = framing;
    this.mask = scratch.keep(Mat.zeros(framing.size(), CvType.CV_8U));
    this.radius = scratch.fill(framing.size(), CvType.CV_32F, 1);
  }

  /** Wets the glass before the image, in place; strength 0 to 1. */
  static void fall(
      Scratch scratch, Dice dice, Framing framing, Scene scene, Mat image, double strength) {
    if (dice.chance(0.12)) {
      glare(scratch, dice, framing, scene, image);
    }
    LensDrops drops = new LensDrops(scratch, framing);
    int passes = dice.chance(0.25) ? 2 : 1; // older and newer drops of different size
    for (int i = 0; i < passes; i++) {
      drops.wet(dice.split(), strength / Math.sqrt(passes));
    }
    drops.show(dice.split(), scene, image);
  }

  /** Wet or fogged glass scatters light over the picture, unevenly. */
  private static void glare(Scratch scratch, Dice dice, Framing framing, Scene scene, Mat image) {
    Mat film = scratch.smoothNoise(dice, framing.size(), framing.thousandths(300));
    double most = dice.uniform(0.05, 0.3);
    film.convertTo(film, CvType.CV_32F, most, 0);
    Scratch.clip(film, 1);
    scratch.cover(image, film, scene.skylight(dice, dice.uniform(0.8, 1.3)));
  }

  private void wet(Dice dice, double s) {
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
   * Single drops with radii in thousandths of the photograph's height. Each octave of size covers
   * the same area if {@code fall} is 0; small ones dominate by a factor 2^fall an octave, a heavy
   * tail as of Marshall and Palmer's drop sizes (J. Meteorology 1948) after drops have merged.
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
        // An octave lower there are four times as many drops for the same area.
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
    Core.add(dx, columns(), dx);
    Core.add(dy, rows(), dy);
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

  private void show(Dice dice, Scene scene, Mat image) {
    Mat wet = scratch.mat();
    Imgproc.threshold(mask, wet, 127, 255, Imgproc.THRESH_BINARY);
    Mat depth = scratch.mat();
    Imgproc.distanceTransform(wet, depth, Imgproc.DIST_L2, Imgproc.DIST_MASK_3);
    Imgproc.GaussianBlur(depth, depth, new Size(3, 3), 0.8);
    // How far out on its drop a pixel lies: 0 in the middle, 1 at the rim.
    Mat rim = scratch.mat();
    Core.divide(depth, radius, rim);
    rim.convertTo(rim, CvType.CV_32F, -1, 1);
    Scratch.clip(rim, 1);
    Mat nx = slope(depth, rim, 1, 0);
    Mat ny = slope(depth, rim, 0, 1);
    Mat drops = refracted(dice, image, rim, nx, ny);
    shade(dice, scene, drops, rim, nx, ny);
    compose(dice, image, drops);
  }

  /** Outward slope of the drop's surface along x or y, -1..1. */
  private Mat slope(Mat depth, Mat rim, int alongX, int alongY) {
    Mat slope = scratch.mat();
    Imgproc.Sobel(depth, slope, CvType.CV_32F, alongX, alongY, 3, -1.0 / 8, 0);
    Core.multiply(slope, rim, slope);
    return slope;
  }

  private Mat refracted(Dice dice, Mat image, Mat rim, Mat nx, Mat ny) {
    Mat scene = scratch.mat();
    Imgproc.resize(image, scene, Scratch.reducedSize(image, REDUCE), 0, 0, Imgproc.INTER_AREA);
    scene = scratch.blur(scene, dice.octaves(0.5, 3.5));
    double reach =
        Math.min(
            framing.full() * dice.octaves(0.1, 0.6),
            0.48 * Math.min(framing.width(), framing.height()));
    if (dice.chance(0.15)) {
      reach = framing.thousandths(dice.octaves(5, 60)); // flat drops: a mere bend of what is behind
    }
    double bulge = dice.uniform(0, 0.6);
    Mat strength = scratch.mat();
    Core.multiply(rim, rim, strength);
    strength.convertTo(strength, CvType.CV_32F, reach * bulge, reach * (1 - bulge * 0.5));
    Mat mapX = scratch.mat();
    Mat mapY = scratch.mat();
    Core.multiply(nx, strength, mapX, -1);
    Core.multiply(ny, strength, mapY, -1);
    Core.add(mapX, columns(), mapX);
    Core.add(mapY, rows(), mapY);
    Core.multiply(mapX, Scalar.all((double) scene.cols() / image.cols()), mapX);
    Core.multiply(mapY, Scalar.all((double) scene.rows() / image.rows()), mapY);
    Mat drops = scratch.mat();
    Imgproc.remap(scene, drops, mapX, mapY, Imgproc.INTER_LINEAR, Core.BORDER_REFLECT_101);
    return drops;
  }

  private void shade(Dice dice, Scene scene, Mat drops, Mat rim, Mat nx, Mat ny) {
    Mat gain =
        scratch.smoothNoise(dice, framing.size(), framing.thousandths(dice.octaves(30, 120)));
    double level = dice.octaves(0.6, 1.6);
    double vary = dice.uniform(0, 0.35);
    gain.convertTo(gain, CvType.CV_32F, level * 2 * vary, level * (1 - vary));
    // A drop shows the sky in its lower half, even where the frame does not.
    double below = dice.chance(0.7) ? dice.uniform(0.15, 0.75) : dice.uniform(-0.1, 0.2);
    Core.scaleAdd(ny, below, gain, gain);
    Mat edge = scratch.mat();
    Core.pow(rim, dice.octaves(2, 8), edge);
    Core.multiply(edge, gain, edge, -(dice.chance(0.6) ? dice.uniform(0, 0.8) : 0));
    Core.add(gain, edge, gain);
    Scratch.clip(gain, 3);
    Core.multiply(drops, scratch.threefold(gain), drops);
    if (dice.chance(0.3)) {
      Mat sky = scratch.fill(framing.size(), CvType.CV_32F, dice.uniform(0.05, 0.4));
      scratch.cover(drops, sky, scene.skylight(dice, dice.uniform(0.8, 1.3))); // wet glass glares
    }
    if (dice.chance(0.45)) {
      highlight(dice, scene, drops, nx, ny);
    }
    Scratch.clip(drops, 1);
  }

  /** The mirror image of the sky or a lamp, at the same place of every drop. */
  private void highlight(Dice dice, Scene scene, Mat drops, Mat nx, Mat ny) {
    double width = dice.octaves(0.08, 0.25);
    Mat dx = scratch.mat();
    Mat dy = scratch.mat();
    Core.subtract(nx, Scalar.all(dice.uniform(-0.5, 0.5)), dx);
    Core.subtract(ny, Scalar.all(dice.chance(0.6) ? dice.uniform(-0.6, -0.2) : 0.45), dy);
    Core.multiply(dx, dx, dx);
    Core.multiply(dy, dy, dy);
    Core.add(dx, dy, dx);
    Core.multiply(dx, Scalar.all(-1 / (2 * width * width)), dx);
    Core.exp(dx, dx);
    Core.multiply(dx, Scalar.all(dice.uniform(0.15, 0.9)), dx);
    scratch.cover(drops, dx, scene.skylight(dice, dice.uniform(1.1, 1.6)));
  }

  /** Puts the drops in front of the image, out of focus as the lens is set. */
  private void compose(Dice dice, Mat image, Mat drops) {
    Mat alpha = scratch.mat();
    mask.convertTo(alpha, CvType.CV_32F, dice.chance(0.6) ? 1 / 255.0 : dice.uniform(0.6, 1) / 255);
    Core.multiply(drops, scratch.threefold(alpha), drops);
    double focus = Math.max(0.5, framing.thousandths(dice.octaves(0.6, 9)));
    Mat rest = scratch.blur(alpha, focus);
    Mat light = scratch.blur(drops, focus);
    rest.convertTo(rest, CvType.CV_32F, -1, 1);
    Core.multiply(image, scratch.threefold(rest), image);
    Core.add(image, light, image);
    Scratch.clip(image, 1);
  }

  private Mat columns() {
    float[] ramp = new float[framing.width()];
    for (int i = 0; i < ramp.length; i++) {
      ramp[i] = i;
    }
    Mat row = scratch.keep(new Mat(1, ramp.length, CvType.CV_32F));
    row.put(0, 0, ramp);
    Mat all = scratch.mat();
    Core.repeat(row, framing.height(), 1, all);
    return all;
  }

  private Mat rows() {
    float[] ramp = new float[framing.height()];
    for (int i = 0; i < ramp.length; i++) {
      ramp[i] = i;
    }
    Mat column = scratch.keep(new Mat(ramp.length, 1, CvType.CV_32F));
    column.put(0, 0, ramp);
    Mat all = scratch.mat();
    Core.repeat(column, 1, framing.width(), all);
    return all;
  }
}
