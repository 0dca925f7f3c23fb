package io.deweather.pipeline;

import java.time.Duration;
import org.HdrHistogram.Histogram;

/** Collects durations: microseconds up to ten minutes, three significant digits. Thread-safe. */
final class Stopwatch {
  private static final long MOST_MICROS = 600_000_000;
  private static final int DIGITS = 3;

  private final Histogram micros = new Histogram(MOST_MICROS, DIGITS);

  synchronized void record(long nanos) {
    micros.recordValue(Math.max(0, Math.min(MOST_MICROS, nanos / 1_000)));
  }

  synchronized Latency latency() {
    return new Latency(
        micros.getTotalCount(), at(50), at(95), at(99), at(99.9), of(micros.getMaxValue()));
  }

  private Duration at(double percentile) {
    return of(micros.getValueAtPercentile(percentile));
  }

  private static Duration of(long micros) {
    return Duration.ofNanos(micros * 1_000);
  }
}
