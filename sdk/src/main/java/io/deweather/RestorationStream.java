package io.deweather;

import io.deweather.FrameRunner.Outcome;
import io.deweather.FrameRunner.Task;
import io.deweather.Health.StreamHealth;
import io.deweather.WeatherSelector.Selection;
import java.time.Duration;
import java.util.List;
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
 * deadline. Within a stream the order is that of the calls. With {@link OnnxRestorer.Builder#batch}
 * a turn may serve frames of several streams.
 *
 * <p>Every frame is answered: if it cannot be restored, with itself and a {@link FrameReason}. Safe
 * for use by several threads; open as long as its restorer.
 */
public final class RestorationStream implements AutoCloseable {
  /** The name of the stream that calls of {@link OnnxRestorer#restore(Mat)} belong to. */
  public static final String DEFAULT_NAME = "default";

  private static final Logger LOG = LoggerFactory.getLogger(RestorationStream.class);

  private final String name;
  private final Streams streams;
  private final FrameRunner runner;
  private final RestorerSettings settings;
  private final WeatherSelector selector;
  private final Object selecting = new Object();
  private final ModeLadder ladder;
  private final RemovalPlan plan;
  private final FrameStatistics statistics = new FrameStatistics();
  private final FrameReporter reporter;
  private final AtomicLong sequence = new AtomicLong();

  /**
   * Opens a stream.
   *
   * @param selector or null: then it restores only with views that the caller chooses
   */
  RestorationStream(String name, Streams streams, WeatherSelector selector) {
    this.name = name;
    this.streams = streams;
    this.runner = streams.runner();
    this.settings = streams.settings();
    this.selector = selector;
    this.ladder = new ModeLadder(settings.degradation());
    this.plan = new RemovalPlan(settings.fadeFrames());
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
    streams.requireOpen();
    FramePath.check(frame);
    Answer answer = new Answer(until.start());
    try {
      answer.selection = select(frame);
    } catch (DeweatherException e) {
      answer.fail(FrameReason.SELECTOR_FAILED, e);
      return finish(answer, frame);
    }
    answer.selection.weathers().forEach(streams.bundle()::graph);
    Removal removal = plan.next(answer.selection, until);
    if (removal.nothing()) {
      return finish(answer, frame);
    }
    answer.mode = ladder.next(until.start());
    if (answer.mode == OperatingMode.BYPASS) {
      answer.reason = FrameReason.BYPASS;
      return finish(answer, frame);
    }
    double scale = settings.scale(answer.mode);
    boolean reduced = answer.mode == OperatingMode.REDUCED && runner.reduces(frame, scale);
    if (answer.mode == OperatingMode.REDUCED && !reduced) { // too small for that, but for more
      scale = settings.scale(OperatingMode.FULL);
    }
    Outcome outcome = runner.run(new Task(this, frame, destination, removal, scale, until));
    answer.take(outcome);
    plan.learn(removal, outcome.reason(), outcome.inferenceNanos());
    boolean restored = outcome.reason() == FrameReason.NONE;
    if (outcome.reason() != FrameReason.INTERRUPTED) {
      learn(answer, restored);
    }
    if (restored && reduced) {
      answer.reason = FrameReason.REDUCED_RESOLUTION;
    } else if (restored && removal.weathers().size() < answer.selection.weathers().size()) {
      answer.reason = FrameReason.LIKELIER_ONLY;
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
    answer.selection = new Selection(weather, 1);
    if (weather.equals(Weather.CLEAR)) {
      copy(source, destination);
    } else {
      Outcome outcome =
          runner.run(
              new Task(
                  this,
                  source,
                  destination,
                  Removal.of(List.of(weather)),
                  settings.scale(OperatingMode.FULL),
                  Deadline.none()));
      answer.take(outcome);
    }
    finish(answer, null);
    rethrow(answer.failure);
  }

  private static void copy(Mat source, Mat destination) {
    if (MatMemory.entangled(source, destination)) {
      Mat apart = source.clone();
      apart.copyTo(destination);
      apart.release();
    } else {
      source.copyTo(destination);
    }
  }

  /** The same with frames of one size, in as few runs as may be. */
  void restoreOrThrow(List<Mat> sources, List<Mat> destinations, Weather weather) {
    long start = System.nanoTime();
    List<Outcome> outcomes =
        runner.runTogether(
            this, sources, destinations, weather, settings.scale(OperatingMode.FULL));
    Throwable first = null;
    for (Outcome outcome : outcomes) {
      Answer answer = new Answer(start);
      answer.selection = new Selection(weather, 1);
      answer.take(outcome);
      finish(answer, null);
      first = first == null ? answer.failure : first;
    }
    rethrow(first);
  }

  /** Runs throw nothing that is checked. */
  private static void rethrow(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    } else if (failure != null) {
      throw (RuntimeException) failure;
    }
  }

  /**
   * Says what the stream's selector chooses for a frame, without restoring it. The frame counts as
   * one of the stream.
   *
   * @throws FrameException if the frame is not as {@link OnnxRestorer#restore(Mat)} takes it
   * @throws DeweatherException if the selector fails
   * @throws IllegalStateException if the restorer is closed, or nothing chooses
   */
  public Selection classify(Mat frame) {
    streams.requireOpen();
    FramePath.check(frame);
    return select(frame);
  }

  /**
   * Tells the stream's selector what the vehicle knows of the weather. What is not told keeps what
   * was told before, and fades; see {@link VehicleSignals}.
   */
  public void signals(VehicleSignals signals) {
    Objects.requireNonNull(signals, "signals");
    if (selector != null) {
      synchronized (selecting) {
        selector.signals(signals);
      }
    }
  }

  /**
   * Forgets what was seen: the next frame has nothing to do with those before, as after a cut or
   * between single pictures. Signals stay.
   */
  public void restart() {
    if (selector != null) {
      synchronized (selecting) {
        selector.restart();
      }
    }
    plan.restart();
  }

  private Selection select(Mat frame) {
    if (selector == null) {
      throw new IllegalStateException(streams.nothingChosen());
    }
    synchronized (selecting) {
      try {
        return Objects.requireNonNull(selector.select(frame), "it chose null");
      } catch (DeweatherException e) {
        throw e;
      } catch (Throwable e) { // a selector of the embedding program: anything
        streams.requireOpen();
        throw new DeweatherException("the selector of stream " + name + " failed: " + e, e);
      }
    }
  }

  private Restored finish(Answer answer, Mat image) {
    long total = System.nanoTime() - answer.start;
    reporter.report(sequence.getAndIncrement(), answer, total);
    return new Restored(
        image,
        answer.selection.weather(),
        answer.selection.confidence(),
        Duration.ofNanos(total),
        answer.reason.status(),
        answer.reason,
        answer.selection);
  }

  /** What is known of a frame while it is being answered. */
  static final class Answer {
    private static final Selection UNKNOWN = new Selection(Weather.CLEAR, 0);

    final long start;
    Selection selection = UNKNOWN;
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
   * get their answer. Does nothing the second time, and to the restorer's own stream.
   */
  @Override
  public void close() {
    streams.forget(this);
  }
}
