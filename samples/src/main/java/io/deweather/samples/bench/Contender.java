package io.deweather.samples.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.HdrHistogram.Histogram;

/** One way of restoring frames, measured a round at a time. */
interface Contender extends AutoCloseable {
  /**
   * Restores so many frames.
   *
   * @param micros gets each frame's latency
   */
  Round run(int frames, Histogram micros);

  @Override
  void close();

  /**
   * What a round took.
   *
   * @param heapBytesPerFrame Java heap allocated by all threads that take part
   */
  record Round(int frames, long nanos, long heapBytesPerFrame) {
    double framesPerSecond() {
      return frames * 1e9 / nanos;
    }
  }

  /** A contender that restores one frame after the other on the calling thread. */
  static Contender oneByOne(Runnable frame, Runnable close) {
    return new Contender() {
      @Override
      public Round run(int frames, Histogram micros) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long heap = threads.getCurrentThreadAllocatedBytes();
        long start = System.nanoTime();
        long last = start;
        for (int i = 0; i < frames; i++) {
          frame.run();
          long now = System.nanoTime();
          micros.recordValue((now - last) / 1_000);
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
