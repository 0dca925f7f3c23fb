package io.deweather;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Whose frame runs next: the streams that wait take turns, and within one stream the calls keep
 * their order. So while n streams wait, each gets every n-th turn however many threads call for it.
 * A turn may be given back by another thread than the one that got it.
 */
final class Turns {
  /** What came of asking for a turn. */
  enum Answer {
    GRANTED,
    TOO_LATE,
    INTERRUPTED,
    CLOSED
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition idle = lock.newCondition();
  // In the order in which the streams are served; a served stream that still waits goes to the end.
  private final Map<Object, ArrayDeque<Waiter>> waiting = new LinkedHashMap<>();
  private boolean busy;
  private boolean closed;

  private static final class Waiter {
    private final Condition granted;
    private boolean served;

    Waiter(Condition granted) {
      this.granted = granted;
    }
  }

  /**
   * Waits for a turn. Interruption ends the wait only if there is a deadline, and is then still
   * set; a turn that was granted is given back with {@link #release()}.
   */
  Answer acquire(Object stream, Deadline deadline) {
    lock.lock();
    try {
      if (closed) {
        return Answer.CLOSED;
      }
      if (!busy && waiting.isEmpty()) {
        busy = true;
        return Answer.GRANTED;
      }
      Waiter waiter = new Waiter(lock.newCondition());
      waiting.computeIfAbsent(stream, s -> new ArrayDeque<>()).add(waiter);
      Answer answer = await(waiter, deadline);
      if (answer != Answer.GRANTED) {
        leave(stream, waiter);
      }
      return answer;
    } finally {
      lock.unlock();
    }
  }

  private Answer await(Waiter waiter, Deadline deadline) {
    while (true) {
      if (waiter.served) {
        return Answer.GRANTED;
      }
      if (closed) {
        return Answer.CLOSED;
      }
      if (!deadline.exists()) {
        waiter.granted.awaitUninterruptibly();
        continue;
      }
      long nanos = deadline.remaining();
      if (nanos <= 0) {
        return Answer.TOO_LATE;
      }
      try {
        waiter.granted.await(nanos, TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return waiter.served ? Answer.GRANTED : Answer.INTERRUPTED;
      }
    }
  }

  private void leave(Object stream, Waiter waiter) {
    ArrayDeque<Waiter> queue = waiting.get(stream);
    if (queue != null && queue.remove(waiter) && queue.isEmpty()) {
      waiting.remove(stream);
    }
  }

  /** Gives the turn to the next. */
  void release() {
    lock.lock();
    try {
      if (closed || waiting.isEmpty()) {
        busy = false;
        idle.signalAll();
        return;
      }
      var first = waiting.entrySet().iterator().next();
      Object stream = first.getKey();
      ArrayDeque<Waiter> queue = first.getValue();
      Waiter next = queue.poll();
      waiting.remove(stream);
      if (!queue.isEmpty()) {
        waiting.put(stream, queue);
      }
      next.served = true;
      next.granted.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Sends all who wait away and returns when nobody has the turn. May be repeated. */
  void close() {
    lock.lock();
    try {
      closed = true;
      waiting.values().forEach(queue -> queue.forEach(waiter -> waiter.granted.signal()));
      while (busy) {
        idle.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }
}
