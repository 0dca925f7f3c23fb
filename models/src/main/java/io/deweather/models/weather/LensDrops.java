package io.deweather.models.weather;

import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
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

  private LensDrops(Scratch scratch, Framing framing, WetGlass glass) {
    this.scratch = scratch;
    this.framing = framing;
    this.mask = glass.mask();
    this.radius = glass.radius();
  }

  /** Wets the glass before the image, in place; strength 0 to 1. */
  static void fall(
      Scratch scratch, Dice dice, Framing framing, Scene scene, Mat image, double strength) {
    if (dice.chance(0.12)) {
      glare(scratch, dice, framing, scene, image);
    }
    WetGlass glass = new WetGlass(scratch, framing);
    int passes = dice.chance(0.25) ? 2 : 1; // older and newer drops of different size
    for (int i = 0; i < passes; i++) {
      glass.wet(dice.split(), strength / Math.sqrt(passes));
    }
    new LensDrops(scratch, framing, glass).show(dice.split(), scene, image);
  }

  /** Wet or fogged glass scatters light over the picture, unevenly. */
  private static void glare(Scratch scratch, Dice dice, Framing framing, Scene scene, Mat image) {
    Mat film = scratch.smoothNoise(dice, framing.size(), framing.thousandths(300));
    double most = dice.uniform(0.05, 0.3);
    film.convertTo(film, CvType.CV_32F, most, 0);
    Scratch.clip(film, 1);
    scratch.cover(image, film, scene.skylight(dice, dice.uniform(0.8, 1.3)));
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
    Core.add(mapX, scratch.columns(framing.size()), mapX);
    Core.add(mapY, scratch.rows(framing.size()), mapY);
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
}
