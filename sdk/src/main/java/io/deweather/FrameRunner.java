package io.deweather;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.opencv.core.Mat;

/**
 * Runs one frame at a time, for all streams of a restorer.
 *
 * <p>Without a deadline a frame runs on the thread that calls, where its pixels lie. With one it
 * runs on a thread of this class, on copies: when the deadline passes, the caller leaves with its
 * frame while the run, which nothing can end at once, still reads and writes. It is told to stop,
 * keeps its turn until it has, and nobody sees what it wrote.
 *
 * <p>With {@link Batching}, frames of one view and size share a turn: see {@link Batch}.
 */
final class FrameRunner implements AutoCloseable {
  private final ViewPool views;
  private final RunControl control = new RunControl();

  /** Never stopped: what a view needs is measured once, whoever leaves meanwhile. */
  private final RunControl measuring = new RunControl();

  private final FramePath path;
  private final RemovalPath removals;
  private final BatchPath together;
  private final Batching batching;
  private final Batches batches;
  private final TilePlanner planner;
  private final Turns turns = new Turns();

  /** Starts with the first deadline. */
  private final ThreadPoolExecutor worker =
      new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), this::thread);

  private volatile Thread workerThread;

  // Both belong to whoever has the turn.
  private final Mat stagedSource = new Mat();
  private final Mat stagedResult = new Mat();

  private boolean closed;

  FrameRunner(ViewPool views, long memoryLimit, Batching batching) {
    this.views = views;
    this.planner = new TilePlanner(memoryLimit, views.macsPer256(), measuring);
    this.path = new FramePath(planner, control);
    this.removals = new RemovalPath(views, path);
    this.together = new BatchPath(path, planner, control);
    this.batching = batching;
    this.batches = new Batches(batching, views, turns, control, together);
  }

  private Thread thread(Runnable work) {
    workerThread = new Thread(work, "deweather-restorer");
    workerThread.setDaemon(true);
    return workerThread;
  }

  /**
   * A frame to run.
   *
   * @param stream whose turn it takes
   * @param destination gets the result; null for a new {@code Mat}
   */
  record Task(
      Object stream, Mat source, Mat destination, Removal removal, double scale, Deadline until) {}

  /**
   * What became of it.
   *
   * @param reason {@code NONE} if there is a result
   * @param image the result, or null
   * @param failure what went wrong, or null
   */
  record Outcome(
      FrameReason reason, Mat image, long queueNanos, long inferenceNanos, Throwable failure) {}

  /**
   * Runs a frame when its turn comes.
   *
   * @throws IllegalStateException if this is closed
   */
  Outcome run(Task task) {
    if (task.until.remaining() <= 0) {
      return new Outcome(FrameReason.DEADLINE, null, 0, 0, null);
    }
    BatchMember member = sharesRuns(task) ? new BatchMember(task) : null;
    Turns.Answer answer = turns.acquire(task.stream, task.until, member);
    long queued = System.nanoTime() - task.until.start();
    return switch (answer) {
      case CLOSED -> throw new IllegalStateException("this restorer is closed");
      case TOO_LATE -> new Outcome(FrameReason.BUSY, null, queued, 0, null);
      case INTERRUPTED -> new Outcome(FrameReason.INTERRUPTED, null, queued, 0, null);
      case GRANTED ->
          member != null
              ? runBatch(member)
              : task.until.exists() ? runAside(task, queued) : runHere(task, queued);
      case TAKEN_ALONG -> member.await();
    };
  }

  private boolean sharesRuns(Task task) {
    return batching.most() > 1 && !task.removal.fading() && task.removal.weathers().size() == 1;
  }

  private Outcome runBatch(BatchMember first) {
    try {
      worker.execute(new Batch(batches, first, control.begin()));
    } catch (RuntimeException | Error e) {
      turns.release();
      throw e;
    }
    return first.await();
  }

  /**
   * Runs frames of one size together, on the thread that calls; for as long as it takes.
   *
   * @param stream whose turn they take
   * @return what became of each
   * @throws IllegalStateException if this is closed
   */
  List<Outcome> runTogether(
      Object stream, List<Mat> sources, List<Mat> destinations, Weather weather, double scale) {
    Deadline none = Deadline.none();
    if (turns.acquire(stream, none) == Turns.Answer.CLOSED) {
      throw new IllegalStateException("this restorer is closed");
    }
    long start = System.nanoTime();
    long queued = start - none.start();
    List<? extends RuntimeException> failures;
    try {
      control.begin();
      failures = together.run(views.view(weather), sources, destinations, scale);
    } catch (RuntimeException e) {
      failures = Collections.nCopies(sources.size(), e);
    } finally {
      turns.release();
    }
    long taken = System.nanoTime() - start;
    List<Outcome> outcomes = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      RuntimeException failure = failures.get(i);
      outcomes.add(
          failure == null
              ? new Outcome(FrameReason.NONE, destinations.get(i), queued, taken, null)
              : new Outcome(reasonOf(failure), null, queued, taken, failure));
    }
    return outcomes;
  }

  private Outcome runHere(Task task, long queued) {
    Mat image = task.destination == null ? new Mat() : task.destination;
    long start = System.nanoTime();
    Throwable failure = null;
    try {
      control.begin();
      infer(task, task.source, image);
    } catch (RuntimeException e) {
      failure = e;
    } finally {
      turns.release();
    }
    return outcome(task, image, queued, System.nanoTime() - start, failure);
  }

  private static Outcome outcome(Task task, Mat image, long queued, long taken, Throwable failure) {
    if (failure == null) {
      return new Outcome(FrameReason.NONE, image, queued, taken, null);
    }
    if (task.destination == null) {
      image.release();
    }
    return new Outcome(reasonOf(failure), null, queued, taken, failure);
  }

  private Outcome runAside(Task task, long queued) {
    Mat image = task.destination == null ? new Mat() : stagedResult;
    AsideRun run =
        new AsideRun(
            () -> infer(task, stagedSource, image),
            () -> {
              if (task.destination == null) {
                image.release();
              }
              turns.release();
            });
    long number;
    try {
      number = control.begin();
      task.source.copyTo(stagedSource);
      worker.execute(run);
    } catch (RuntimeException e) {
      turns.release();
      return outcome(task, image, queued, 0, e);
    } catch (Error e) {
      turns.release();
      throw e;
    }
    FrameReason left = run.await(task.until);
    if (left != null) {
      control.stop(number);
      return new Outcome(left, null, queued, 0, null);
    }
    Throwable failure = run.failure();
    Mat result = task.destination == null ? image : task.destination;
    try {
      if (failure == null && result != image) {
        image.copyTo(result);
      }
    } catch (RuntimeException e) {
      failure = e;
    } finally {
      turns.release();
    }
    return outcome(task, result, queued, run.nanos(), failure);
  }

  /** Whether frames of this size run smaller at a scale, rather than in full all the same. */
  boolean reduces(Mat frame, double scale) {
    return ReducedFrame.size(frame, scale, views.engine().provider()) != null;
  }

  private void infer(Task task, Mat source, Mat destination) {
    removals.run(task.removal, source, destination, task.scale);
  }

  static FrameReason reasonOf(Throwable failure) {
    return failure instanceof InvalidOutputException
        ? FrameReason.INVALID_OUTPUT
        : FrameReason.INFERENCE_FAILED;
  }

  /** What each view is doing. */
  ViewPool views() {
    return views;
  }

  TilePlanner planner() {
    return planner;
  }

  /** Ends when the frame that is running has, which is soon if nobody waits for it. */
  @Override
  public void close() {
    turns.close();
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    endWorker();
    try (control;
        measuring;
        path;
        together;
        batches;
        removals) {
      stagedSource.release();
      stagedResult.release();
      views.close();
    }
  }

  /** Nobody has the turn any more, so it has nothing left to do. */
  private void endWorker() {
    worker.shutdown();
    boolean interrupted = false;
    while (workerThread != null && workerThread.isAlive()) {
      try {
        workerThread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
