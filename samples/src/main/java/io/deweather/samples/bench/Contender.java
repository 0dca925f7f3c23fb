package io.deweather.samples.bench;

import com.sun.management.ThreadMXBean;
import io.deweather.samples.Latencies;
import java.lang.management.ManagementFactory;

/** One way of restoring frames, measured a round at a time. */
interface Contender extends AutoCloseable {
  /**
   * Restores so many frames.
   *
   * @param latencies gets each frame's latency
   */
  Round run(int frames, Latencies latencies);

  @Override
  void close();

  /**
   * What a round took.
   *
   * @param heapBytesPerFrame Java heap allocated by all threads that take part; null if it cannot
   *     be told from so few frames
   */
  record Round(int frames, long nanos, Long heapBytesPerFrame) {
    double framesPerSecond() {
      return frames * 1e9 / nanos;
    }
  }

  /** A contender that restores one frame after the other on the calling thread. */
  static Contender oneByOne(Runnable frame, Runnable close) {
    return new Contender() {
      @Override
      public Round run(int frames, Latencies latencies) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long heap = threads.getCurrentThreadAllocatedBytes();
        long start = System.nanoTime();
        long last = start;
        for (int i = 0; i < frames; i++) {
          frame.run();
          long now = System.nanoTime();
          latencies.record(now - last);
          last = now;
        }
        heap = threads.getCurrentThreadAllocatedBytes() - heap;
        return new Round(frames, last - start, heap / frames);
      }

      @Override
      public void close() {
        close.run();
      }
    };
  }
}
