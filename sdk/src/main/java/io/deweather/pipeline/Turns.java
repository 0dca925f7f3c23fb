package io.deweather.pipeline;

/** Lets threads that work side by side hand on their results in the order of their tickets. */
final class Turns {
  private long issued;
  private long current;
  private boolean ended;

  /** A ticket; the caller sees to it that tickets and work are taken in the same order. */
  synchronized long next() {
    return issued++;
  }

  /** Waits until the ticket's turn has come. Returns false if no turn will come any more. */
  synchronized boolean await(long ticket) throws InterruptedException {
    while (current != ticket && !ended) {
      wait();
    }
    return !ended;
  }

  /** The turn goes to the next ticket. */
  synchronized void pass() {
    current++;
    notifyAll();
  }

  /** Nobody gets a turn from now on. */
  synchronized void end() {
    ended = true;
    notifyAll();
  }
}
