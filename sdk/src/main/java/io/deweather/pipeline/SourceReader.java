package io.deweather.pipeline;

import io.deweather.DeweatherException;
import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import io.deweather.video.MediaException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.opencv.core.Mat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a source and, if it can be opened again, every one that comes after it, as one stream:
 * indices go on, timestamps keep the pace of the clock across gaps. Read from one thread; {@link
 * #stop} and {@link #close} from any.
 */
final class SourceReader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SourceReader.class);

  private final Supplier<FrameSource> opener;
  private final Reopening reopening;
  private final Consumer<Gap> gaps;
  private final Object lock = new Object();

  /** The source that is read; null while there is none. Guarded by the lock. */
  private FrameSource source;

  private boolean stopped;

  private FrameStamp last;
  private long lastNanos = System.nanoTime();
  private long indexShift;
  private long microsShift;
  private String lostBecause;
  private DeweatherException lastFailure;
  private boolean ended;
  private int attempts;

  /** Takes over the source; {@code opener} is null if it cannot be opened again. */
  SourceReader(
      FrameSource source, Supplier<FrameSource> opener, Reopening reopening, Consumer<Gap> gaps) {
    this.source = source;
    this.opener = opener;
    this.reopening = reopening;
    this.gaps = gaps;
  }

  /** The next frame; empty at the end of the stream or if stopped. */
  Optional<FrameStamp> read(Mat target) throws InterruptedException {
    while (true) {
      FrameSource current = current();
      if (current == null) {
        return Optional.empty();
      }
      try {
        Optional<FrameStamp> stamp = current.read(target);
        if (stamp.isPresent()) {
          return Optional.of(continued(stamp.get()));
        }
        if (opener == null || !current.info().live()) {
          return stamp;
        }
        lost("the stream ended", null);
      } catch (DeweatherException e) {
        if (isStopped()) {
          return Optional.empty();
        }
        if (opener == null) {
          throw e;
        }
        lost(e.getMessage(), e);
      } catch (IllegalStateException e) { // it is closed
        if (!isStopped()) {
          throw e;
        }
        return Optional.empty();
      }
    }
  }

  /** Ends the stream, also a read that waits. The thread that reads is to be interrupted too. */
  void stop() {
    FrameSource waiting;
    synchronized (lock) {
      stopped = true;
      lock.notifyAll();
      waiting = source;
    }
    if (waiting != null) {
      waiting.close();
    }
  }

  /** Frees the source; not before {@link #read} has returned for the last time. */
  @Override
  public void close() {
    stop();
  }

  private boolean isStopped() {
    synchronized (lock) {
      return stopped;
    }
  }

  /** The source to read, opened again if it is away; null if stopped or given up at its end. */
  private FrameSource current() throws InterruptedException {
    while (true) {
      synchronized (lock) {
        if (stopped) {
          return null;
        }
        if (source != null) {
          return source;
        }
        if (isGivenUp()) {
          return null;
        }
        waitNanos(delayNanos());
        if (stopped) {
          return null;
        }
      }
      attempts++;
      try {
        FrameSource opened = Objects.requireNonNull(opener.get(), "what reopens the source");
        synchronized (lock) {
          source = opened;
        }
      } catch (DeweatherException e) {
        lastFailure = e;
        LOG.debug("attempt {} to open the source again: {}", attempts, e.getMessage());
      }
    }
  }

  private long delayNanos() {
    double doubled = nanos(reopening.firstDelay()) * Math.pow(2, attempts);
    return (long) Math.min(doubled, nanos(reopening.longestDelay()));
  }

  private static long nanos(Duration duration) {
    return TimeUnit.NANOSECONDS.convert(duration); // the most there is where it does not fit
  }

  private void waitNanos(long nanos) throws InterruptedException {
    long until = System.nanoTime() + nanos;
    long left = nanos;
    while (left > 0 && !stopped) {
      lock.wait(Math.max(1, left / 1_000_000));
      left = until - System.nanoTime();
    }
  }

  /** The source is away; without a failure it has ended. */
  private void lost(String reason, DeweatherException failure) {
    lastFailure = failure;
    if (lostBecause == null) {
      lostBecause = reason;
      ended = failure == null;
      LOG.warn("the source went away: {}; opening it again", reason);
    }
    FrameSource away;
    synchronized (lock) {
      away = source;
      source = null;
    }
    away.close();
  }

  /** Whether a stream that had ended has not come back in time; one that broke off is a failure. */
  private boolean isGivenUp() {
    Duration away = Duration.ofNanos(System.nanoTime() - lastNanos);
    if (attempts == 0
        || reopening.patience().isZero()
        || away.compareTo(reopening.patience()) <= 0) {
      return false;
    }
    if (!ended) {
      String reason = lastFailure == null ? "it ended again" : lastFailure.getMessage();
      throw new MediaException(
          "the source has been away for %.1f s and %d attempts: %s"
              .formatted(away.toMillis() / 1e3, attempts, reason),
          lastFailure);
    }
    return true;
  }

  /** The stamp in the count of the whole stream; reports the gap if one ends here. */
  private FrameStamp continued(FrameStamp stamp) {
    long now = System.nanoTime();
    FrameStamp shifted = stamp;
    if (lostBecause != null) {
      Duration length = Duration.ofNanos(now - lastNanos);
      if (last != null) {
        long step = Math.max(Math.max(1, last.durationMicros()), length.toNanos() / 1_000);
        microsShift = last.timestampMicros() + step - stamp.timestampMicros();
        indexShift = last.index() + 1 - stamp.index();
      }
      shifted = shift(stamp);
      gaps.accept(
          new Gap(shifted.index(), shifted.timestampMicros(), length, attempts, lostBecause));
      lostBecause = null;
      attempts = 0;
    } else if (indexShift != 0 || microsShift != 0) {
      shifted = shift(stamp);
    }
    last = shifted;
    lastNanos = now;
    return shifted;
  }

  private FrameStamp shift(FrameStamp stamp) {
    return new FrameStamp(
        stamp.index() + indexShift,
        stamp.timestampMicros() + microsShift,
        stamp.durationMicros(),
        stamp.name());
  }
}
