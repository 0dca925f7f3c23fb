package io.deweather.pipeline;

import io.deweather.DeweatherException;
import io.deweather.Restored;
import io.deweather.video.FrameStamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.opencv.core.Mat;

/**
 * The threads of a pipeline and the frames that go round between them: from the free ones to the
 * decoder, over a queue to a restorer, over another to the consumer, and back.
 */
final class Stages {
  private final FrameConsumer consumer;
  private final BackPressure backPressure;
  private final long limit;
  private final Meter meter;
  private final SourceReader reader;
  private final FrameQueue free;
  private final FrameQueue decoded;
  private final FrameQueue restored;
  private final List<PooledFrame> pool = new ArrayList<>();
  private final List<Thread> threads;
  private final CountDownLatch running;
  private final List<Restorer> restorers = new ArrayList<>();
  private final AtomicInteger restoring;
  private final Turns turns = new Turns();
  private volatile boolean stopping;
  private Throwable failure;

  Stages(
      SourceReader reader,
      List<FrameStage> stages,
      FrameConsumer consumer,
      Meter meter,
      BackPressure backPressure,
      int queueCapacity,
      long limit) {
    this.reader = reader;
    this.consumer = consumer;
    this.meter = meter;
    this.backPressure = backPressure;
    this.limit = limit;
    // One frame is being decoded, some restored, one encoded, and two queues are full.
    int frames = 2 * queueCapacity + 2 + stages.size();
    free = new FrameQueue(frames);
    decoded = new FrameQueue(queueCapacity);
    restored = new FrameQueue(queueCapacity);
    for (int i = 0; i < frames; i++) {
      PooledFrame frame = new PooledFrame();
      pool.add(frame);
      free.offer(frame);
    }
    threads = new ArrayList<>();
    threads.add(thread("deweather-decode", this::decodeAll));
    threads.add(thread("deweather-encode", this::encodeAll));
    for (FrameStage stage : stages) {
      Restorer restorer = new Restorer(stage);
      restorers.add(restorer);
      threads.add(thread("deweather-restore", restorer::restoreAll));
    }
    restoring = new AtomicInteger(stages.size());
    running = new CountDownLatch(threads.size());
  }

  void start() {
    threads.forEach(Thread::start);
  }

  /** Whether the calling thread is one of these. */
  boolean isOwnThread() {
    return threads.contains(Thread.currentThread());
  }

  /** Waits for all threads; returns whether they have ended, or throws their first failure. */
  boolean await(Duration timeout) throws InterruptedException {
    if (!running.await(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS)) {
      return false;
    }
    Throwable thrown = failure();
    if (thrown instanceof RuntimeException e) {
      throw e;
    } else if (thrown instanceof Error e) {
      throw e;
    }
    return true;
  }

  /** Ends the source; what was decoded goes its way. */
  void stop() {
    stopping = true;
    reader.stop();
    threads.get(0).interrupt(); // it may be opening a source or waiting to
  }

  /** Ends the source, and throws away what waits between the threads. */
  void abort() {
    stopping = true;
    decoded.cut();
    restored.cut();
    turns.end();
    stop();
  }

  /** Frees the frames. No thread may be alive. Two that close may get here at once. */
  synchronized void release() {
    reader.close();
    pool.forEach(frame -> frame.image.release());
    restorers.forEach(restorer -> restorer.spare.release());
  }

  /** Waits until no thread is alive, also if the calling one is interrupted. */
  void joinAll() {
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void decodeAll() throws InterruptedException {
    try (reader) {
      PooledFrame frame = free.take();
      for (long count = 0; !stopping && !(blocks() && count >= limit); count++) {
        long asked = System.nanoTime();
        Optional<FrameStamp> stamp = reader.read(frame.image);
        if (stamp.isEmpty()) {
          return;
        }
        frame.stamp = stamp.get();
        frame.arrivedNanos = System.nanoTime();
        meter.read(frame, asked);
        frame = handOn(frame);
        if (frame == null) {
          return;
        }
      }
    } catch (InterruptedException e) {
      if (!stopping) {
        throw e;
      }
    } finally {
      decoded.end();
    }
  }

  private boolean blocks() {
    return backPressure == BackPressure.BLOCK;
  }

  /** Passes a frame on, or drops one. Returns the frame to decode into next; null if cut. */
  private PooledFrame handOn(PooledFrame frame) throws InterruptedException {
    if (blocks()) {
      return putUninterruptibly(frame) ? free.take() : null;
    }
    if (decoded.offer(frame)) {
      return free.take();
    }
    if (backPressure == BackPressure.KEEP_LATEST) {
      PooledFrame oldest = decoded.poll();
      if (oldest != null) {
        meter.dropped(oldest.stamp);
        return decoded.offer(frame) ? oldest : null;
      }
      return decoded.offer(frame) ? free.take() : null;
    }
    if (stopping) { // the last one
      return putUninterruptibly(frame) ? free.take() : null;
    }
    meter.dropped(frame.stamp);
    return frame;
  }

  /** The interrupt of {@link #stop()} is meant for the source; this frame still goes its way. */
  private boolean putUninterruptibly(PooledFrame frame) throws InterruptedException {
    while (true) {
      try {
        return decoded.put(frame);
      } catch (InterruptedException e) {
        if (!stopping) {
          throw e;
        }
      }
    }
  }

  /** One of the threads that restore. Frames leave in the order in which they were taken. */
  private final class Restorer {
    private final FrameStage stage;

    /** The stage's result goes here; what it read from becomes the next one. */
    private Mat spare = new Mat();

    Restorer(FrameStage stage) {
      this.stage = stage;
    }

    void restoreAll() throws InterruptedException {
      try {
        for (PooledFrame frame = take(); frame != null; frame = take()) {
          try {
            restore(frame);
          } catch (Throwable e) {
            letThoseBeforeGoOn(frame, e);
            throw e;
          }
          if (!turns.await(frame.turn) || !restored.put(frame)) {
            breakOff();
            return;
          }
          turns.pass();
        }
      } catch (Throwable e) { // an interruption too: this frame's turn will not be passed on
        breakOff();
        throw e;
      } finally {
        if (restoring.decrementAndGet() == 0) {
          restored.end();
          breakOff();
        }
      }
    }

    private void letThoseBeforeGoOn(PooledFrame failed, Throwable failure) {
      try {
        turns.await(failed.turn);
      } catch (InterruptedException e) {
        failure.addSuppressed(e);
      }
    }

    private PooledFrame take() throws InterruptedException {
      synchronized (restorers) {
        PooledFrame frame = decoded.take();
        if (frame != null) {
          frame.turn = turns.next();
        }
        return frame;
      }
    }

    /** No frame after this one goes on. */
    private void breakOff() {
      turns.end();
      decoded.cut();
      stop();
    }

    private void restore(PooledFrame frame) {
      frame.startedNanos = System.nanoTime();
      Restored result =
          Objects.requireNonNull(stage.restore(frame.image, spare), "what a FrameStage returns");
      frame.weather = result.weather();
      frame.selection = result.selection();
      frame.status = result.status();
      frame.reason = result.reason();
      if (result.image() != frame.image) {
        Mat before = frame.image;
        frame.image = result.image();
        if (frame.image != spare) {
          spare.release();
        }
        spare = before;
      }
      frame.restoredNanos = System.nanoTime();
    }
  }

  private void encodeAll() throws InterruptedException {
    try {
      for (PooledFrame frame = restored.take(); frame != null; frame = restored.take()) {
        long start = System.nanoTime();
        consumer.accept(frame.image, frame.stamp);
        meter.written(frame, start);
        free.offer(frame);
        if (meter.writtenFrames() >= limit) {
          return;
        }
      }
    } finally {
      decoded.cut();
      restored.cut();
      free.cut();
      stop();
    }
  }

  /** What a pipeline's thread does. */
  private interface Work {
    void run() throws InterruptedException;
  }

  private Thread thread(String name, Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (Throwable e) {
                failed(e);
              } finally {
                running.countDown();
              }
            },
            name);
    thread.setDaemon(true);
    return thread;
  }

  private synchronized void failed(Throwable thrown) {
    if (failure == null) {
      failure = unchecked(thrown);
    } else if (thrown != failure) {
      failure.addSuppressed(thrown);
    }
  }

  /** Other languages throw checked exceptions where Java would not let them. */
  private static Throwable unchecked(Throwable thrown) {
    if (thrown instanceof InterruptedException) {
      return new IllegalStateException("a thread of the pipeline was interrupted", thrown);
    }
    return thrown instanceof RuntimeException || thrown instanceof Error
        ? thrown
        : new DeweatherException("the pipeline failed: " + thrown, thrown);
  }

  private synchronized Throwable failure() {
    return failure;
  }
}
