package io.deweather.models.weather;

import java.util.SplittableRandom;

/**
 * The random choices of one synthesis. Parts of the synthesis draw from {@link #split() split}
 * dice, so that one part's number of draws does not shift another part's choices.
 */
final class Dice {
  private final SplittableRandom random;

  private Dice(SplittableRandom random) {
    this.random = random;
  }

  static Dice of(String purpose, long seed) {
    return new Dice(new SplittableRandom(scramble(scramble(seed) ^ hash(purpose))));
  }

  /** Neighbouring seeds must not give shifted copies of one sequence (finaliser of MurmurHash3). */
  private static long scramble(long value) {
    long v = value;
    v = (v ^ (v >>> 33)) * 0xff51afd7ed558ccdL;
    v = (v ^ (v >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return v ^ (v >>> 33);
  }

  /** FNV-1a over the characters: the same on every JVM, and 64 bits wide. */
  static long hash(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }

  Dice split() {
    return new Dice(random.split());
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  double uniform(double low, double high) {
    return low + (high - low) * random.nextDouble();
  }

  /** Log-uniform: each octave between {@code low} and {@code high} is as likely as any other. */
  double octaves(double low, double high) {
    return low * Math.pow(high / low, random.nextDouble());
  }

  int between(int low, int high) {
    return low + random.nextInt(high - low + 1);
  }

  /** Index drawn with the given weights. */
  int pick(double... weights) {
    double sum = 0;
    for (double w : weights) {
      sum += w;
    }
    double left = random.nextDouble() * sum;
    for (int i = 0; i < weights.length - 1; i++) {
      left -= weights[i];
      if (left < 0) {
        return i;
      }
    }
    return weights.length - 1;
  }

  /** Rounds up or down at random so that the mean is kept; for counts of few. */
  int round(double value) {
    return (int) Math.floor(value + random.nextDouble());
  }

  int seed() {
    return random.nextInt();
  }
}
