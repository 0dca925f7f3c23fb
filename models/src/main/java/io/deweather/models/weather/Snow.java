package io.deweather.models.weather;

import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;

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
      // Large flakes are few: the covered share falls with size.
      double coverage = own.octaves(0.006, 0.035) * (0.5 + 3.5 * s) / Math.sqrt(1 + diameter / 12);
      Mat flakes =
          new Flakes(scratch, own, framing, diameter, trace, turned, coverage).drawn(crisp);
      double soft = framing.thousandths(25);
      double opacity = diameter > soft ? own.uniform(0.25, 0.85) : own.uniform(0.4, 1);
      lit(scratch, scene, flakes, opacity);
      scratch.cover(image, flakes, white(own, scene));
    }
    Scratch.clip(image, 1);
  }

  private static void lit(Scratch scratch, Scene scene, Mat flakes, double opacity) {
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
