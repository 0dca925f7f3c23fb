package io.deweather.models.weather;

import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Point;
import org.opencv.core.Rect;
import org.opencv.core.Scalar;
import org.opencv.core.Size;
import org.opencv.imgproc.Imgproc;

/**
 * What looks like weather and is none: strokes as of markings, wires and rails, writing, lamps out
 * of focus, stars, haze, dirt on the glass, glare, motion blur, glitter as of leaves and wet
 * asphalt, reflections in the windscreen. Drawn into frames with weather and, more often, without,
 * so that none of it is taken for weather.
 */
final class Decoys {
  private static final int MOST = 3;

  private final Scratch scratch;
  private final Framing framing;
  private final Scene scene;

  private Decoys(Scratch scratch, Framing framing, Scene scene) {
    this.scratch = scratch;
    this.framing = framing;
    this.scene = scene;
  }

  /** Draws one to three kinds into the image, in place. */
  static void draw(Scratch scratch, Dice dice, Framing framing, Scene scene, Mat image) {
    Decoys decoys = new Decoys(scratch, framing, scene);
    int kinds = dice.between(1, MOST);
    for (int i = 0; i < kinds; i++) {
      decoys.one(dice.split(), image);
    }
    Scratch.clip(image, 1);
  }

  private void one(Dice dice, Mat image) {
    double dark = scene.level() < 0.22 ? 1 : 0;
    switch (dice.pick(
        0.18, 0.1, 0.1 + 0.15 * dark, 0.15 * dark, 0.12, 0.12, 0.08, 0.1, 0.1, 0.05)) {
      case 0 -> strokes(dice, image);
      case 1 -> writing(dice, image);
      case 2 -> lamps(dice, image);
      case 3 -> stars(dice, image);
      case 4 -> haze(dice, image);
      case 5 -> dirt(dice, image);
      case 6 -> glare(dice, image);
      case 7 -> motion(dice, image);
      case 8 -> glitter(dice, image);
      default -> reflection(dice, image);
    }
  }

  private Scalar grey(Dice dice) {
    double grey = dice.chance(0.5) ? dice.uniform(0, 0.25) : dice.uniform(0.5, 1);
    double warm = dice.uniform(0, 0.15);
    return new Scalar(grey - warm, grey, grey + warm);
  }

  private Mat sheet() {
    return scratch.keep(Mat.zeros(framing.size(), CvType.CV_8U));
  }

  private void cover(Mat image, Mat sheet, double most, Scalar colour) {
    Mat alpha = scratch.mat();
    sheet.convertTo(alpha, CvType.CV_32F, most / 255);
    scratch.cover(image, alpha, colour);
  }

  private Point anywhere(Dice dice) {
    return new Point(
        dice.uniform(-0.1, 1.1) * framing.width(), dice.uniform(-0.1, 1.1) * framing.height());
  }

  /** Few and long where they are parallel, unlike rain. */
  private void strokes(Dice dice, Mat image) {
    boolean parallel = dice.chance(0.5);
    int count = parallel ? dice.between(2, 9) : dice.between(1, 16);
    double angle = dice.uniform(0, Math.PI);
    Mat sheet = sheet();
    for (int i = 0; i < count; i++) {
      double own = parallel ? angle + dice.uniform(-0.04, 0.04) : dice.uniform(0, Math.PI);
      double length = dice.octaves(0.15, 1.5) * framing.height();
      Point from = anywhere(dice);
      Point to = new Point(from.x + length * Math.cos(own), from.y + length * Math.sin(own));
      int thickness = (int) Math.max(1, framing.thousandths(dice.octaves(1.5, 15)));
      Imgproc.line(sheet, from, to, Scalar.all(255), thickness, Imgproc.LINE_AA);
    }
    cover(image, sheet, dice.uniform(0.4, 1), grey(dice));
  }

  private void writing(Dice dice, Mat image) {
    Mat sheet = sheet();
    int lines = dice.between(1, 5);
    for (int i = 0; i < lines; i++) {
      StringBuilder text = new StringBuilder();
      int letters = dice.between(3, 20);
      for (int k = 0; k < letters; k++) {
        text.append((char) dice.between('0', 'z'));
      }
      double scale = framing.full() / 480 * dice.octaves(0.3, 2);
      int thickness = (int) Math.max(1, Math.round(scale * 1.5));
      Imgproc.putText(
          sheet,
          text.toString(),
          anywhere(dice),
          dice.between(0, 4),
          scale,
          Scalar.all(255),
          thickness,
          Imgproc.LINE_AA);
    }
    cover(image, sheet, dice.uniform(0.6, 1), grey(dice));
  }

  /** Discs of light, sharp or out of focus, of lamps' colours. */
  private void lamps(Dice dice, Mat image) {
    int count = dice.between(2, 22);
    double largest = framing.thousandths(dice.octaves(4, 45));
    double focus = dice.octaves(0.05, 0.6);
    for (int kind = 0; kind < 2; kind++) {
      Mat sheet = sheet();
      for (int i = 0; i < count; i++) {
        int radius = (int) Math.max(1, largest * dice.octaves(0.3, 1));
        Imgproc.circle(sheet, anywhere(dice), radius, Scalar.all(255), -1, Imgproc.LINE_AA);
      }
      Mat light = scratch.mat();
      scratch
          .blur(sheet, Math.max(0.5, largest * focus))
          .convertTo(light, CvType.CV_32F, 1 / 255.0);
      double strength = dice.uniform(0.3, 1.2);
      scratch.addLight(
          image,
          light,
          new Scalar(
              strength * dice.uniform(0.1, 1),
              strength * dice.uniform(0.3, 1),
              strength * dice.uniform(0.6, 1)));
    }
  }

  private void stars(Dice dice, Mat image) {
    Mat sheet = sheet();
    int count = (int) dice.octaves(30, 700);
    double lowest = dice.uniform(0.4, 1) * framing.height();
    for (int i = 0; i < count; i++) {
      Point at = new Point(dice.uniform(0, framing.width()), dice.uniform(0, lowest));
      int radius = dice.chance(0.04) ? 1 : 0;
      double light = 255 * Math.pow(dice.uniform(0, 1), 2);
      Imgproc.circle(sheet, at, radius, Scalar.all(light), -1, Imgproc.LINE_8);
    }
    cover(image, sheet, dice.uniform(0.5, 1), new Scalar(1, 0.95, 0.9));
  }

  /** Haze, mist and spray: an even or cloudy veil, thicker below or everywhere. */
  private void haze(Dice dice, Mat image) {
    Mat veil =
        scratch.smoothNoise(dice, framing.size(), framing.thousandths(dice.octaves(60, 800)));
    double most = dice.uniform(0.1, 0.65);
    double vary = dice.uniform(0, 0.8);
    veil.convertTo(veil, CvType.CV_32F, most * vary, most * (1 - vary));
    if (dice.chance(0.5)) {
      Mat rows = scratch.rows(framing.size());
      rows.convertTo(rows, CvType.CV_32F, 1.5 / framing.height(), dice.uniform(-0.6, 0.2));
      Scratch.clip(rows, 1);
      Core.multiply(veil, rows, veil);
    }
    Scratch.clip(veil, 0.9);
    scratch.cover(image, veil, scene.skylight(dice, dice.uniform(0.6, 1.2)));
  }

  /** Dust, dried spots and insects: they cover or tint and, unlike water, bend no light. */
  private void dirt(Dice dice, Mat image) {
    Mat spots = scratch.smoothNoise(dice, framing.size(), framing.thousandths(dice.octaves(6, 90)));
    double edge = dice.uniform(0.6, 0.8);
    double steep = dice.octaves(2, 14);
    spots.convertTo(spots, CvType.CV_32F, steep, -steep * edge);
    Scratch.clip(spots, 1);
    Mat alpha = scratch.blur(spots, framing.thousandths(dice.octaves(1, 10)));
    double most = dice.uniform(0.1, 0.6);
    alpha.convertTo(alpha, CvType.CV_32F, most);
    double grey = dice.chance(0.6) ? dice.uniform(0.05, 0.3) : dice.uniform(0.4, 0.8);
    scratch.cover(image, alpha, new Scalar(0.75 * grey, 0.9 * grey, grey));
  }

  private void glare(Dice dice, Mat image) {
    Mat sheet = sheet();
    int radius = (int) framing.thousandths(dice.octaves(30, 250));
    Imgproc.circle(sheet, anywhere(dice), radius, Scalar.all(255), -1, Imgproc.LINE_AA);
    Mat light = scratch.mat();
    scratch.blur(sheet, radius * dice.uniform(0.5, 1.5)).convertTo(light, CvType.CV_32F, 1 / 255.0);
    double strength = dice.uniform(0.3, 1.3);
    scratch.addLight(image, light, new Scalar(0.85 * strength, 0.95 * strength, strength));
  }

  /** The blur of a moving camera, along one direction. */
  private void motion(Dice dice, Mat image) {
    int size = 2 * dice.between(1, (int) Math.max(2, framing.thousandths(18))) + 1;
    double angle = dice.chance(0.5) ? dice.uniform(-0.15, 0.15) : dice.uniform(0, Math.PI);
    Mat kernel = scratch.keep(Mat.zeros(size, size, CvType.CV_8U));
    double middle = size / 2;
    Point reach = new Point(middle * Math.cos(angle), middle * Math.sin(angle));
    Imgproc.line(
        kernel,
        new Point(middle - reach.x, middle - reach.y),
        new Point(middle + reach.x, middle + reach.y),
        Scalar.all(255));
    kernel.convertTo(kernel, CvType.CV_32F);
    Core.multiply(kernel, Scalar.all(1 / Core.sumElems(kernel).val[0]), kernel);
    Imgproc.filter2D(image, image, -1, kernel);
  }

  /** Small lights and darks, close together, in some part of the picture. */
  private void glitter(Dice dice, Mat image) {
    Mat noise = scratch.gaussianNoise(dice, framing.size(), CvType.CV_32F);
    double grain = dice.octaves(0.4, 1.6);
    Imgproc.GaussianBlur(noise, noise, new Size(0, 0), grain);
    Core.multiply(noise, Scalar.all(2 * grain * Math.sqrt(Math.PI)), noise);
    if (dice.chance(0.5)) {
      Core.subtract(noise, Scalar.all(dice.uniform(0.5, 1.5)), noise);
      Core.max(noise, Scalar.all(0), noise);
    }
    Mat region =
        scratch.smoothNoise(dice, framing.size(), framing.thousandths(dice.octaves(100, 600)));
    region.convertTo(region, CvType.CV_32F, 4, -2);
    Scratch.clip(region, 1);
    Core.multiply(noise, region, noise);
    double strength = dice.octaves(0.03, 0.2);
    scratch.addLight(
        image,
        noise,
        new Scalar(strength * dice.uniform(0.5, 1), strength, strength * dice.uniform(0.6, 1.1)));
  }

  /** Something inside the car, mirrored faintly in the windscreen. */
  private void reflection(Dice dice, Mat image) {
    Mat other = scratch.mat();
    Core.flip(image, other, dice.between(-1, 1));
    Rect part =
        new Rect(
            dice.between(0, framing.width() / 3),
            dice.between(0, framing.height() / 3),
            framing.width() / 2,
            framing.height() / 2);
    Mat large = scratch.mat();
    Imgproc.resize(scratch.keep(other.submat(part)), large, framing.size());
    Mat soft = scratch.blur(large, framing.thousandths(dice.octaves(2, 20)));
    Core.scaleAdd(soft, dice.uniform(0.08, 0.3), image, image);
  }
}
