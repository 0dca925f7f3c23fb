package io.deweather.samples.experiment;

import io.deweather.models.TrainingOptions.Background;
import java.util.Locale;

/**
 * One thing that is trained and measured.
 *
 * @param method what it is
 * @param background of its masks; null without masks
 * @param quantile above which weathers claim parameters; 0 without masks
 * @param seed of its crops, its weather and its random masks
 */
public record Variant(Method method, Background background, double quantile, long seed) {
  static Variant start(long seed) {
    return new Variant(Method.START, null, 0, seed);
  }

  static Variant joint(long seed) {
    return new Variant(Method.JOINT, null, 0, seed);
  }

  static Variant separate(long seed) {
    return new Variant(Method.SEPARATE, null, 0, seed);
  }

  boolean isMasked() {
    return background != null;
  }

  /** The same thing, whatever the seed. */
  boolean repeats(Variant other) {
    return method == other.method && background == other.background && quantile == other.quantile;
  }

  /** The name of its folder. */
  String folder() {
    String name = method.name().toLowerCase(Locale.ROOT);
    if (isMasked()) {
      name += "-" + backgroundName() + "-q" + Math.round(1000 * quantile) / 10.0;
    }
    return name.replace(".0", "") + "-seed" + seed;
  }

  String backgroundName() {
    return background.name().toLowerCase(Locale.ROOT);
  }

  /** As reports list it: a letter and words. */
  String title() {
    if (!isMasked()) {
      return method == Method.START
          ? method.title()
          : "(%s) %s".formatted(method.letter(), method.title());
    }
    String letter =
        method != Method.GRADIENT ? method.letter() : background == Background.ZERO ? "b" : "c";
    return "(%s) %s, background %s".formatted(letter, method.title(), backgroundName());
  }
}
