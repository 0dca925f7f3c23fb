package io.deweather;

import io.deweather.FrameRunner.Outcome;
import io.deweather.FrameRunner.Task;
import io.deweather.Health.StreamHealth;
import io.deweather.WeatherSelector.Selection;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.opencv.core.Mat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The frames of one camera. A stream has a selector, an {@link OperatingMode} and statistics of its
 * own; views, threads and memory it shares with the other streams of its {@link OnnxRestorer}.
 *
 * <p><b>Fairness.</b> Streams that wait take turns: while n of them do, each gets every n-th run,
 * however many threads call for it, so a frame waits for n - 1 others at most, and never beyond its
 * deadline. Within a stream the order is that of the calls.
 *
 * <p>Every frame is answered: if it cannot be restored, with itself and a {@link FrameReason}. Safe
 * for use by several threads; open as long as its restorer.
 */
public final class RestorationStream implements AutoCloseable {
  /** The name of the stream that calls of {@link OnnxRestorer#restore(Mat)} belong to. */
  public static final String DEFAULT_NAME = "default";

  private static final Logger LOG = LoggerFactory.getLogger(RestorationStream.class);

  private final String name;
  private final OnnxRestorer restorer;
  private final FrameRunner runner;
  private final RestorerSettings settings;
  private final WeatherSelector selector;
  private final Object selecting = new Object();
  private final ModeLadder ladder;
  private final FrameStatistics statistics = new FrameStatistics();
  private final FrameReporter reporter;
  private final AtomicLong sequence = new AtomicLong();

  RestorationStream(
      String name,
      OnnxRestorer restorer,
      FrameRunner runner,
      RestorerSettings settings,
      WeatherSelector selector) {
    this.name = name;
    this.restorer = restorer;
    this.runner = runner;
    this.settings = settings;
    this.selector = selector;
    this.ladder = new ModeLadder(settings.degradation());
    this.reporter = new FrameReporter(name, settings.listener(), statistics);
  }

  /** The name that it was opened with. */
  public String name() {
    return name;
  }

  /**
   * Restores a frame under the restorer's own deadline, if it has one.
   *
   * @see OnnxRestorer#restore(Mat)
   */
  public Restored restore(Mat frame) {
    return restore(frame, null, Deadline.in(settings.deadline()));
  }

  /**
   * Restores a frame in time, or answers with the frame itself.
   *
   * @see OnnxRestorer#restore(Mat, Duration)
   */
  public Restored restore(Mat frame, Duration deadline) {
    return restore(frame, null, Deadline.in(Deadline.check(deadline)));
  }

  /**
   * Restores a frame into a {@code Mat} of the caller's, under the restorer's own deadline.
   *
   * @see OnnxRestorer#restore(Mat, Mat)
   */
  public Restored restore(Mat frame, Mat destination) {
    Objects.requireNonNull(destination, "destination");
    return restore(frame, destination, Deadline.in(settings.deadline()));
  }

  private Restored restore(Mat frame, Mat destination, Deadline until) {
    restorer.requireOpen();
    FramePath.check(frame);
    Answer answer = new Answer(until.start());
    try {
      Selection selection = select(frame);
      answer.weather = selection.weather();
      answer.confidence = selection.confidence();
    } catch (DeweatherException e) {
      answer.fail(FrameReason.SELECTOR_FAILED, e);
      return finish(answer, frame);
    }
    if (answer.weather.equals(Weather.CLEAR)) {
      return finish(answer, frame);
    }
    restorer.bundle().graph(answer.weather);
    answer.mode = ladder.next(until.start());
    if (answer.mode == OperatingMode.BYPASS) {
      answer.reason = FrameReason.BYPASS;
      return finish(answer, frame);
    }
    double scale = settings.scale(answer.mode);
    Outcome outcome = runner.run(new Task(this, frame, destination, answer.weather, scale, until));
    answer.take(outcome);
    boolean restored = outcome.reason() == FrameReason.NONE;
    if (outcome.reason() != FrameReason.INTERRUPTED) {
      learn(answer, restored);
    }
    if (restored && answer.mode == OperatingMode.REDUCED) {
      answer.reason = FrameReason.REDUCED_RESOLUTION;
    }
    return finish(answer, restored ? outcome.image() : frame);
  }

  private void learn(Answer answer, boolean restored) {
    OperatingMode before = ladder.mode();
    OperatingMode now = ladder.learn(answer.mode, restored, System.nanoTime());
    if (now.compareTo(before) > 0) {
      LOG.warn("stream {}: {} from now on, after repeated {}", name, now, answer.reason);
    } else if (now != before) {
      LOG.info("stream {}: {} again", name, now);
    }
  }

  /** Restores with a view that the caller chose, or throws: no deadline, no mode, no choice. */
  void restoreOrThrow(Mat source, Mat destination, Weather weather) {
    Answer answer = new Answer(System.nanoTime());
    answer.weather = weather;
    answer.confidence = 1;
    if (weather.equals(Weather.CLEAR)) {
      source.copyTo(destination);
    } else {
      Outcome outcome =
          runner.run(
              new Task(
                  this,
                  source,
                  destination,
                  weather,
                  settings.scale(OperatingMode.FULL),
                  Deadline.none()));
      answer.take(outcome);
    }
    finish(answer, null);
    if (answer.failure instanceof RuntimeException failure) {
      throw failure;
    }
  }

  private Selection select(Mat frame) {
    if (selector == null) {
      throw new IllegalStateException(restorer.nothingChosen());
    }
    synchronized (selecting) {
      return Objects.requireNonNull(selector.select(frame), "the selector's choice");
    }
  }

  private Restored finish(Answer answer, Mat image) {
    long total = System.nanoTime() - answer.start;
    reporter.report(sequence.getAndIncrement(), answer, total);
    return new Restored(
        image,
        answer.weather,
        answer.confidence,
        Duration.ofNanos(total),
        answer.reason.status(),
        answer.reason);
  }

  /** What is known of a frame while it is being answered. */
  static final class Answer {
    final long start;
    Weather weather = Weather.CLEAR;
    double confidence;
    OperatingMode mode = OperatingMode.FULL;
    FrameReason reason = FrameReason.NONE;
    long queueNanos;
    long inferenceNanos;
    Throwable failure;

    Answer(long start) {
      this.start = start;
    }

    void fail(FrameReason why, Throwable cause) {
      reason = why;
      failure = cause;
    }

    void take(Outcome outcome) {
      fail(outcome.reason(), outcome.failure());
      queueNanos = outcome.queueNanos();
      inferenceNanos = outcome.inferenceNanos();
    }
  }

  /** What became of its frames since it was opened. */
  public StreamHealth health() {
    return statistics.snapshot(name, ladder.mode());
  }

  /**
   * Forgets the stream, so that its name may be used again. Frames that are being restored still
   * get their answer. Does nothing the second time.
   */
  @Override
  public void close() {
    restorer.forget(this);
  }
}
