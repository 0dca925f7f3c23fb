package io.deweather.models;

/** The learning rate of a step (Loshchilov and Hutter, 2017). */
final class CosineSchedule {
  private static final double FLOOR = 0.01;

  private CosineSchedule() {}

  /**
   * Linear warm-up, over a tenth of the steps at most, then half a cosine down to a hundredth.
   *
   * @param step from 0
   * @param peak the highest rate
   * @param warmUp steps until it
   */
  static double rate(int step, int steps, double peak, int warmUp) {
    int warm = Math.min(warmUp, steps / 10);
    if (step < warm) {
      return peak * (step + 1) / warm;
    }
    double phase = (double) (step - warm) / Math.max(1, steps - warm);
    return peak * (FLOOR + (1 - FLOOR) * 0.5 * (1 + Math.cos(Math.PI * phase)));
  }
}
