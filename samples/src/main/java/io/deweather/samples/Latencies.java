package io.deweather.samples;

import io.deweather.pipeline.Latency;
import java.time.Duration;
import org.HdrHistogram.Histogram;

/** How long frames took; three significant digits, up to ten minutes. */
public final class Latencies {
  private static final long MOST_MICROS = 600_000_000;

  private final Histogram histogram = new Histogram(MOST_MICROS, 3);

  /**
   * The distribution, in milliseconds; zeros if nothing was recorded.
   *
   * @param p50 half of the frames took no longer
   * @param p95 19 of 20 took no longer
   * @param p99 99 of 100 took no longer
   * @param p999 999 of 1000 took no longer
   * @param max the longest
   */
  public record Summary(double p50, double p95, double p99, double p999, double max) {
    static Summary of(Latency latency) {
      return new Summary(
          millis(latency.p50()),
          millis(latency.p95()),
          millis(latency.p99()),
          millis(latency.p999()),
          millis(latency.max()));
    }

    private static double millis(Duration duration) {
      return duration.toNanos() / 1e6;
    }
  }

  /** One frame took so long. */
  public void record(long nanos) {
    histogram.recordValue(Math.min(MOST_MICROS, nanos / 1000));
  }

  /** What others took belongs to it. */
  public void add(Latencies others) {
    histogram.add(others.histogram);
  }

  /** The distribution of all. */
  public Summary summary() {
    return new Summary(at(50), at(95), at(99), at(99.9), histogram.getMaxValue() / 1000.0);
  }

  private double at(double percentile) {
    return histogram.getValueAtPercentile(percentile) / 1000.0;
  }
}
