package io.deweather;

import io.deweather.FrameRunner.Outcome;
import io.deweather.FrameRunner.Task;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.opencv.core.Size;

/**
 * One call's frame in a {@link Batch}. The call may leave when its deadline passes, but not while
 * the batch reads its source or writes its destination, which takes no longer than a copy.
 */
final class BatchMember {
  private enum State {
    /** The batch leaves the caller's memory alone. */
    FREE,
    /** The batch reads or writes the caller's memory. */
    LENT,
    /** The caller is gone. */
    LEFT,
    ENDED
  }

  private final Task task;
  private final Size size;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private State state = State.FREE;
  private Outcome outcome;
  private Batch batch;

  /** Called by the call's own thread. */
  BatchMember(Task task) {
    this.task = task;
    this.size = task.source().size();
  }

  Task task() {
    return task;
  }

  /** Of the frame, whatever becomes of its {@code Mat} once the call has left. */
  Size size() {
    return size;
  }

  /** Tells which batch it is in; once, before anybody waits for its end. */
  void joins(Batch joined) {
    lock.lock();
    try {
      batch = joined;
    } finally {
      lock.unlock();
    }
  }

  /** Begins to use the caller's memory; false if the caller is gone. */
  boolean borrow() {
    lock.lock();
    try {
      if (state == State.LEFT) {
        return false;
      }
      state = State.LENT;
      return true;
    } finally {
      lock.unlock();
    }
  }

  void giveBack() {
    end(State.FREE, null);
  }

  /** Answers the call, unless it has left. */
  void end(Outcome result) {
    end(State.ENDED, result);
  }

  private void end(State next, Outcome result) {
    lock.lock();
    try {
      if (state == State.FREE || state == State.LENT) {
        state = next;
        outcome = result;
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for the end, or leaves when the deadline passes or, if there is one, at an interruption.
   */
  Outcome await() {
    lock.lock();
    try {
      FrameReason leaving = null;
      while (state != State.ENDED) {
        if (leaving != null && state == State.FREE) {
          state = State.LEFT;
          break;
        }
        long nanos = task.until().remaining();
        if (!task.until().exists() || leaving != null) {
          changed.awaitUninterruptibly();
        } else if (nanos <= 0) {
          leaving = FrameReason.DEADLINE;
        } else {
          try {
            changed.await(nanos, TimeUnit.NANOSECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            leaving = FrameReason.INTERRUPTED;
          }
        }
      }
      if (state == State.ENDED) {
        return outcome;
      }
      batch.left();
      return new Outcome(leaving, null, System.nanoTime() - task.until().start(), 0, null);
    } finally {
      lock.unlock();
    }
  }
}
