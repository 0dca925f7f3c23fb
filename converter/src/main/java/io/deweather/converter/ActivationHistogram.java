package io.deweather.converter;

import java.nio.FloatBuffer;

/**
 * How often a value of a network takes which numbers, and the levels that suit them best.
 *
 * <p>Best is the least mean squared rounding error, clipping included (Shin, Hwang, Sung,
 * "Fixed-point performance analysis of recurrent neural networks", 2015, section 3, for the idea;
 * the search here is over both ends): few large numbers are cut off so that many small ones are
 * told apart.
 */
final class ActivationHistogram {
  private static final int BINS = 2048;
  private static final int STEPS = 80;
  private static final int ROUNDS = 3;

  private final long[] counts = new long[BINS];
  private double low;
  private double high;

  /** First look: the range that the bins must cover. */
  void widen(FloatBuffer values) {
    for (int i = 0; i < values.limit(); i++) {
      float value = values.get(i);
      if (Float.isFinite(value)) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
  }

  /** Second look: counts. Zeros are left out: whatever the levels, zero is one of them. */
  void count(FloatBuffer values) {
    double perUnit = BINS / Math.max(high - low, 1e-30);
    for (int i = 0; i < values.limit(); i++) {
      float value = values.get(i);
      if (value != 0) {
        int bin = (int) ((value - low) * perUnit);
        counts[Math.max(0, Math.min(BINS - 1, bin))]++;
      }
    }
  }

  /** The levels with the least mean squared error. */
  Levels best() {
    double bestLow = low;
    double bestHigh = high;
    double least = error(bestLow, bestHigh);
    for (int round = 0; round < ROUNDS; round++) {
      for (int step = 1; step <= STEPS; step++) {
        double candidate = high * step / STEPS;
        double error = error(bestLow, candidate);
        if (error < least) {
          least = error;
          bestHigh = candidate;
        }
      }
      for (int step = 0; step <= STEPS && low < 0; step++) {
        double candidate = low * step / STEPS;
        double error = error(candidate, bestHigh);
        if (error < least) {
          least = error;
          bestLow = candidate;
        }
      }
    }
    return Levels.between(bestLow, bestHigh);
  }

  /** The sum of squared errors with levels between these, each bin taken at its middle. */
  private double error(double from, double to) {
    Levels levels = Levels.between(from, to);
    double least = levels.rounded(from);
    double most = levels.rounded(to);
    double granular = (double) levels.scale() * levels.scale() / 12;
    double width = (high - low) / BINS;
    double sum = 0;
    for (int bin = 0; bin < BINS; bin++) {
      double x = low + (bin + 0.5) * width;
      double cut = x - Math.max(least, Math.min(most, x));
      sum += counts[bin] * (cut == 0 ? granular : cut * cut);
    }
    return sum;
  }
}
