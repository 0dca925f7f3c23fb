package io.deweather.models;

import java.time.Duration;

/** How fast a run goes, since the last report. */
final class Pace {
  private final long macsPerCrop;
  private final long begin = System.nanoTime();
  private long crops;

  Pace(long macsPerCrop) {
    this.macsPerCrop = macsPerCrop;
  }

  void add(int count) {
    crops += count;
  }

  /** A fresh count from now on. */
  Pace lap() {
    return new Pace(macsPerCrop);
  }

  double cropsPerSecond() {
    return crops * 1e9 / (System.nanoTime() - begin);
  }

  /** Forward, and backward with respect to activations and to weights: three passes. */
  double gflops() {
    return cropsPerSecond() * macsPerCrop * 2 * 3 / 1e9;
  }

  Duration remaining(long left) {
    return Duration.ofMillis((long) (1000 * left / cropsPerSecond()));
  }
}
