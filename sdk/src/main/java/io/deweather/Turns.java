package io.deweather;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

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
    CLOSED,
    /** Somebody else's turn serves this call too: {@link #takeAlong}. */
    TAKEN_ALONG
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition idle = lock.newCondition();
  private final Condition arrived = lock.newCondition();
  // In the order in which the streams are served; a served stream that still waits goes to the end.
  private final Map<Object, ArrayDeque<Waiter>> waiting = new LinkedHashMap<>();
  private boolean busy;
  private boolean closed;

  private static final class Waiter {
    private final Condition granted;
    private final Object call;
    private Answer answer;

    Waiter(Condition granted, Object call) {
      this.granted = granted;
      this.call = call;
    }
  }

  /**
   * Waits for a turn. Interruption ends the wait only if there is a deadline, and is then still
   * set; a turn that was granted is given back with {@link #release()}.
   */
  Answer acquire(Object stream, Deadline deadline) {
    return acquire(stream, deadline, null);
  }

  /**
   * The same for a call that somebody else's turn may serve.
   *
   * @param call what {@link #takeAlong} is asked about; null if it has to have a turn of its own
   */
  Answer acquire(Object stream, Deadline deadline, Object call) {
    lock.lock();
    try {
      if (closed) {
        return Answer.CLOSED;
      }
      if (!busy && waiting.isEmpty()) {
        busy = true;
        return Answer.GRANTED;
      }
      Waiter waiter = new Waiter(lock.newCondition(), call);
      waiting.computeIfAbsent(stream, s -> new ArrayDeque<>()).add(waiter);
      arrived.signal();
      Answer answer = await(waiter, deadline);
      if (waiter.answer == null) {
        leave(stream, waiter);
      }
      return answer;
    } finally {
      lock.unlock();
    }
  }

  private Answer await(Waiter waiter, Deadline deadline) {
    while (true) {
      if (waiter.answer != null) {
        return waiter.answer;
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
        return waiter.answer != null ? waiter.answer : Answer.INTERRUPTED;
      }
    }
  }

  private void leave(Object stream, Waiter waiter) {
    ArrayDeque<Waiter> queue = waiting.get(stream);
    if (queue != null && queue.remove(waiter) && queue.isEmpty()) {
      waiting.remove(stream);
    }
  }

  /**
   * Serves others with the turn that the caller has: of the streams that wait, one call each and
   * then again, in their order, as long as the next call of a stream is one that is taken. Waits
   * for more calls to come, but not while one waits that is not taken.
   *
   * @param most calls to take
   * @param take takes a call or says no; called under this object's lock
   * @param patience how many nanoseconds to wait for more; asked again whenever there is one more
   */
  void takeAlong(int most, Predicate<Object> take, LongSupplier patience) {
    lock.lock();
    try {
      int taken = 0;
      while (true) {
        int more;
        do {
          more = takeRound(most - taken, take);
          taken += more;
        } while (more > 0);
        long nanos = patience.getAsLong();
        if (taken == most || closed || !waiting.isEmpty() || nanos <= 0) {
          return;
        }
        try {
          arrived.awaitNanos(nanos);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private int takeRound(int most, Predicate<Object> take) {
    int taken = 0;
    for (var entry : List.copyOf(waiting.entrySet())) {
      ArrayDeque<Waiter> queue = entry.getValue();
      Object call = queue.peek().call;
      if (taken < most && call != null && take.test(call)) {
        serve(entry.getKey(), queue, Answer.TAKEN_ALONG);
        taken++;
      }
    }
    return taken;
  }

  /** Answers the first call of a stream; the stream's others wait behind those of other streams. */
  private void serve(Object stream, ArrayDeque<Waiter> queue, Answer answer) {
    Waiter next = queue.poll();
    waiting.remove(stream);
    if (!queue.isEmpty()) {
      waiting.put(stream, queue);
    }
    next.answer = answer;
    next.granted.signal();
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
      serve(first.getKey(), first.getValue(), Answer.GRANTED);
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
      arrived.signal();
      while (busy) {
        idle.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }
}
