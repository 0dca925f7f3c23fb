package io.deweather.pipeline;

import io.deweather.FrameStatus;
import io.deweather.Weather;
import io.deweather.video.FrameStamp;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts and times what passes, and tells the listener. */
final class Meter {
  /** A source that flickers for days must not fill the memory. */
  static final int MOST_GAPS = 1_000;

  private final PipelineListener listener;
  private final Stopwatch decode = new Stopwatch();
  private final Stopwatch queue = new Stopwatch();
  private final Stopwatch inference = new Stopwatch();
  private final Stopwatch encode = new Stopwatch();
  private final Stopwatch total = new Stopwatch();
  private final Map<Weather, long[]> weathers = new LinkedHashMap<>();
  private final long[] statuses = new long[FrameStatus.values().length];
  private final Deque<Gap> gaps = new ArrayDeque<>();
  private long startNanos;
  private long lastNanos;
  private long read;
  private long written;
  private long dropped;

  /** Creates a meter; without a listener ({@code null}) no reports are made. */
  Meter(PipelineListener listener) {
    this.listener = listener;
  }

  synchronized void start() {
    startNanos = System.nanoTime();
    lastNanos = startNanos;
  }

  void read(PooledFrame frame, long askedNanos) {
    decode.record(frame.arrivedNanos - askedNanos);
    synchronized (this) {
      read++;
    }
  }

  void dropped(FrameStamp stamp) {
    synchronized (this) {
      dropped++;
    }
    if (listener != null) {
      listener.dropped(stamp);
    }
  }

  void gap(Gap gap) {
    synchronized (this) {
      if (gaps.size() == MOST_GAPS) {
        gaps.removeFirst();
      }
      gaps.addLast(gap);
    }
    if (listener != null) {
      listener.gap(gap);
    }
  }

  void written(PooledFrame frame, long encodingNanos) {
    long now = System.nanoTime();
    long waited = frame.startedNanos - frame.arrivedNanos;
    long inferred = frame.restoredNanos - frame.startedNanos;
    queue.record(waited);
    inference.record(inferred);
    encode.record(now - encodingNanos);
    total.record(now - frame.arrivedNanos);
    synchronized (this) {
      written++;
      lastNanos = now;
      count(frame);
      statuses[frame.status.ordinal()]++;
    }
    if (listener != null) {
      listener.frame(
          new FrameReport(
              frame.stamp.index(),
              frame.stamp.timestampMicros(),
              frame.weather,
              frame.selection.confidence(),
              frame.status,
              frame.reason,
              Duration.ofNanos(waited),
              Duration.ofNanos(inferred),
              Duration.ofNanos(now - frame.arrivedNanos),
              frame.selection));
    }
  }

  private void count(PooledFrame frame) {
    List<Weather> removed = frame.selection.weathers();
    for (Weather weather : removed.size() > 1 ? removed : List.of(frame.weather)) {
      weathers.computeIfAbsent(weather, w -> new long[1])[0]++;
    }
  }

  synchronized long writtenFrames() {
    return written;
  }

  synchronized PipelineStatistics statistics() {
    Map<Weather, Long> counts = new LinkedHashMap<>();
    weathers.forEach((weather, count) -> counts.put(weather, count[0]));
    Map<FrameStatus, Long> byStatus = new EnumMap<>(FrameStatus.class);
    for (FrameStatus status : FrameStatus.values()) {
      byStatus.put(status, statuses[status.ordinal()]);
    }
    long elapsed = lastNanos - startNanos;
    return new PipelineStatistics(
        read,
        written,
        dropped,
        Duration.ofNanos(elapsed),
        written == 0 ? 0 : written * 1e9 / Math.max(1, elapsed),
        counts,
        byStatus,
        List.copyOf(gaps),
        decode.latency(),
        queue.latency(),
        inference.latency(),
        encode.latency(),
        total.latency());
  }
}
