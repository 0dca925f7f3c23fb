package io.deweather.pipeline;

/**
 * A bounded queue between two threads that can be ended (what is in it still comes out) and cut
 * (what is in it does not).
 */
final class FrameQueue {
  private final PooledFrame[] ring;
  private int first;
  private int size;
  private boolean ended;
  private boolean cut;

  FrameQueue(int capacity) {
    ring = new PooledFrame[capacity];
  }

  /** Waits for room. Returns false, and has not taken the frame, if the queue was cut. */
  synchronized boolean put(PooledFrame frame) throws InterruptedException {
    while (size == ring.length && !cut) {
      wait();
    }
    return add(frame);
  }

  /** Takes the frame if there is room now, and the queue was not cut. */
  synchronized boolean offer(PooledFrame frame) {
    return size < ring.length && add(frame);
  }

  /** Waits for a frame. Returns null if the queue is empty and ended, or cut. */
  synchronized PooledFrame take() throws InterruptedException {
    while (size == 0 && !ended && !cut) {
      wait();
    }
    return poll();
  }

  /** The frame that has waited longest; null if none waits or the queue was cut. */
  synchronized PooledFrame poll() {
    if (size == 0 || cut) {
      return null;
    }
    PooledFrame frame = ring[first];
    ring[first] = null;
    first = (first + 1) % ring.length;
    size--;
    notifyAll();
    return frame;
  }

  /** No frame will come any more. */
  synchronized void end() {
    ended = true;
    notifyAll();
  }

  /** Nobody needs the frames any more; what waits in the queue stays there. */
  synchronized void cut() {
    cut = true;
    notifyAll();
  }

  private boolean add(PooledFrame frame) {
    if (cut) {
      return false;
    }
    ring[(first + size) % ring.length] = frame;
    size++;
    notifyAll();
    return true;
  }
}
