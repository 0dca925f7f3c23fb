package io.deweather.pipeline;

import io.deweather.DeweatherException;
import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import io.deweather.video.MediaException;
import java.time.Duration;
import java.util.Optional;
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
        if (opener == null) {
          return stamp;
        }
        ended = true;
        lost("the stream ended");
      } catch (DeweatherException | IllegalStateException e) {
        if (isStopped()) {
          return Optional.empty();
        }
        if (opener == null || e instanceof IllegalStateException) {
          throw e;
        }
        ended = false;
        lost(e.getMessage());
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
    long delay = delayNanos();
    while (true) {
      synchronized (lock) {
        if (stopped) {
          return null;
        }
        if (source != null) {
          return source;
        }
        waitNanos(delay);
        if (stopped) {
          return null;
        }
      }
      attempts++;
      try {
        FrameSource opened = opener.get();
        synchronized (lock) {
          source = opened;
        }
      } catch (DeweatherException e) {
        if (isGivenUp(e)) {
          return null;
        }
        delay = delayNanos();
        LOG.debug("attempt {} to open the source again: {}", attempts, e.getMessage());
      }
    }
  }

  private long delayNanos() {
    double doubled = reopening.firstDelay().toNanos() * Math.pow(2, attempts);
    return (long) Math.min(doubled, reopening.longestDelay().toNanos());
  }

  private void waitNanos(long nanos) throws InterruptedException {
    long until = System.nanoTime() + nanos;
    long left = nanos;
    while (left > 0 && !stopped) {
      lock.wait(Math.max(1, left / 1_000_000));
      left = until - System.nanoTime();
    }
  }

  private void lost(String reason) {
    if (lostBecause == null) {
      lostBecause = reason;
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
  private boolean isGivenUp(DeweatherException reason) {
    Duration away = Duration.ofNanos(System.nanoTime() - lastNanos);
    if (reopening.patience().isZero() || away.compareTo(reopening.patience()) <= 0) {
      return false;
    }
    if (!ended) {
      throw new MediaException(
          "the source has been away for %.1f s and %d attempts: %s"
              .formatted(away.toMillis() / 1e3, attempts, reason.getMessage()),
          reason);
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
    } else if (indexShift != 0) {
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
