package io.deweather;

import io.deweather.RestorationStream.Answer;
import java.time.Duration;
import java.time.Instant;
import jdk.jfr.FlightRecorder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells whoever wants to know what became of the frames of one stream. Thread-safe. */
final class FrameReporter {
  private static final Logger LOG = LoggerFactory.getLogger(FrameReporter.class);

  private final String stream;
  private final FrameListener listener;
  private final FrameStatistics statistics;

  /**
   * Creates a reporter.
   *
   * @param listener or null
   */
  FrameReporter(String stream, FrameListener listener, FrameStatistics statistics) {
    this.stream = stream;
    this.listener = listener;
    this.statistics = statistics;
  }

  void report(long sequence, Answer answer, long totalNanos) {
    String failure = answer.failure == null ? null : answer.failure.toString();
    statistics.count(answer.reason, totalNanos, failure);
    if (failure != null) {
      LOG.debug("frame {} of stream {}: {}", sequence, stream, answer.reason, answer.failure);
    }
    if (FlightRecorder.isInitialized()) {
      record(sequence, answer, totalNanos);
    }
    if (listener != null) {
      tell(sequence, answer, totalNanos);
    }
  }

  private void record(long sequence, Answer answer, long totalNanos) {
    FrameEvent event = new FrameEvent();
    if (!event.shouldCommit()) {
      return;
    }
    event.stream = stream;
    event.sequence = sequence;
    event.weather = answer.selection.weather().id();
    event.confidence = answer.selection.confidence();
    event.selection = answer.selection.reason().name();
    event.status = answer.reason.status().name();
    event.reason = answer.reason.name();
    event.mode = answer.mode.name();
    event.queueTime = answer.queueNanos;
    event.inferenceTime = answer.inferenceNanos;
    event.totalTime = totalNanos;
    event.commit();
  }

  private void tell(long sequence, Answer answer, long totalNanos) {
    FrameRecord frame =
        new FrameRecord(
            stream,
            sequence,
            Instant.now().minusNanos(totalNanos),
            answer.selection.weather(),
            answer.selection.confidence(),
            answer.reason.status(),
            answer.reason,
            answer.mode,
            Duration.ofNanos(answer.queueNanos),
            Duration.ofNanos(answer.inferenceNanos),
            Duration.ofNanos(totalNanos),
            answer.selection);
    try {
      listener.onFrame(frame);
    } catch (Throwable e) { // an Error, or what other languages throw unchecked: the frame is done
      LOG.warn("a frame listener failed on {}", frame, e);
    }
  }
}
