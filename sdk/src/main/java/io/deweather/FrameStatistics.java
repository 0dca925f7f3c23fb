package io.deweather;

import io.deweather.Health.Latency;
import io.deweather.Health.StreamHealth;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Counts what became of the frames of one stream. Thread-safe. */
final class FrameStatistics {
  private static final long LONGEST_MICROS = TimeUnit.HOURS.toMicros(1);

  private final long[] reasons = new long[FrameReason.values().length];
  private final Histogram micros = new Histogram(LONGEST_MICROS, 2);
  private String lastFailure;

  /**
   * Counts a frame.
   *
   * @param failure what its failure said, or null
   */
  synchronized void count(FrameReason reason, long totalNanos, String failure) {
    reasons[reason.ordinal()]++;
    micros.recordValue(Math.min(TimeUnit.NANOSECONDS.toMicros(totalNanos), LONGEST_MICROS));
    if (failure != null) {
      lastFailure = failure;
    }
  }

  synchronized StreamHealth snapshot(String stream, OperatingMode mode) {
    Map<FrameStatus, Long> byStatus = new EnumMap<>(FrameStatus.class);
    Map<FrameReason, Long> byReason = new EnumMap<>(FrameReason.class);
    for (FrameStatus status : FrameStatus.values()) {
      byStatus.put(status, 0L);
    }
    for (FrameReason reason : FrameReason.values()) {
      byReason.put(reason, reasons[reason.ordinal()]);
      byStatus.merge(reason.status(), reasons[reason.ordinal()], Long::sum);
    }
    return new StreamHealth(
        stream,
        mode,
        micros.getTotalCount(),
        Collections.unmodifiableMap(byStatus),
        Collections.unmodifiableMap(byReason),
        new Latency(
            percentile(50),
            percentile(90),
            percentile(95),
            percentile(99),
            percentile(99.9),
            percentile(100)),
        lastFailure);
  }

  private Duration percentile(double percent) {
    return Duration.of(micros.getValueAtPercentile(percent), ChronoUnit.MICROS);
  }
}
