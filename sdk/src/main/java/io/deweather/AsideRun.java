package io.deweather;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A run on another thread that its caller may leave. Exactly one of the two cleans up after it: the
 * caller if it was there when the run ended, else the run itself.
 */
final class AsideRun implements Runnable {
  private enum State {
    RUNNING,
    ENDED,
    LEFT
  }

  private final Runnable work;
  private final Runnable cleanup;
  private final AtomicReference<State> state = new AtomicReference<>(State.RUNNING);
  private final CountDownLatch ended = new CountDownLatch(1);
  private Throwable failure;
  private long nanos;

  /**
   * Creates a run.
   *
   * @param cleanup called at the end of a run that was left
   */
  AsideRun(Runnable work, Runnable cleanup) {
    this.work = work;
    this.cleanup = cleanup;
  }

  @Override
  public void run() {
    long start = System.nanoTime();
    try {
      work.run();
    } catch (Throwable e) { // an Error too: the caller must get its answer, the next its turn
      failure = e;
    }
    nanos = System.nanoTime() - start;
    if (state.compareAndSet(State.RUNNING, State.ENDED)) {
      ended.countDown();
    } else {
      cleanup.run();
    }
  }

  /** Returns null when the run has ended, or why it was left. */
  FrameReason await(Deadline deadline) {
    FrameReason reason = FrameReason.DEADLINE;
    try {
      if (ended.await(deadline.remaining(), TimeUnit.NANOSECONDS)) {
        return null;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      reason = FrameReason.INTERRUPTED;
    }
    return state.compareAndSet(State.RUNNING, State.LEFT) ? reason : null;
  }

  /** What the work threw; null if nothing. Once {@link #await} has returned null. */
  Throwable failure() {
    return failure;
  }

  /** How long the work took, at the same time. */
  long nanos() {
    return nanos;
  }
}
