package io.deweather.samples.bench;

import com.sun.management.ThreadMXBean;
import io.deweather.DeweatherException;
import io.deweather.OnnxRestorer;
import io.deweather.RestorationStream;
import io.deweather.Weather;
import io.deweather.WeatherSelector;
import io.deweather.samples.Latencies;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.opencv.core.Mat;

/**
 * Several cameras on one restorer, a thread each, each always waiting for its next frame: what they
 * cost each other. Were there no interference, all together would be as fast as one alone, and each
 * frame would take as many times as long as there are streams.
 */
final class StreamsRun implements Contender {
  private final List<RestorationStream> streams = new ArrayList<>();
  private final List<Mat> restored = new ArrayList<>();
  private final Mat frame;
  private final ExecutorService threads;

  /** Of each stream, over all rounds: the time from a round's first answer to its last. */
  private final long[] nanosBetween;

  /** What one stream took in one round: until its first answer, and until its last. */
  private record Turn(long firstNanos, long nanos, long heapBytes, Latencies latencies) {}

  StreamsRun(OnnxRestorer restorer, Weather weather, Mat frame, int count) {
    this.frame = frame;
    for (int i = 0; i < count; i++) {
      streams.add(restorer.stream("camera" + i, WeatherSelector.fixed(weather)));
      restored.add(new Mat());
    }
    nanosBetween = new long[count];
    threads = Executors.newFixedThreadPool(count);
  }

  @Override
  public Round run(int frames, Latencies latencies) {
    int each = Math.max(1, frames / streams.size());
    List<Future<Turn>> running = new ArrayList<>();
    long start = System.nanoTime();
    for (int i = 0; i < streams.size(); i++) {
      RestorationStream stream = streams.get(i);
      Mat destination = restored.get(i);
      running.add(threads.submit(() -> turn(stream, destination, each, start)));
    }
    long last = 0;
    long heap = 0;
    for (int i = 0; i < running.size(); i++) {
      Turn turn = await(running.get(i));
      nanosBetween[i] += turn.nanos - turn.firstNanos;
      last = Math.max(last, turn.nanos);
      heap += turn.heapBytes;
      latencies.add(turn.latencies);
    }
    int all = each * streams.size();
    return new Round(all, last, heap / all);
  }

  private Turn turn(RestorationStream stream, Mat destination, int frames, long start) {
    ThreadMXBean beans = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Latencies latencies = new Latencies();
    long heap = beans.getCurrentThreadAllocatedBytes();
    long first = 0;
    long last = System.nanoTime();
    for (int i = 0; i < frames; i++) {
      stream.restore(frame, destination);
      long now = System.nanoTime();
      first = i == 0 ? now : first;
      latencies.record(now - last);
      last = now;
    }
    return new Turn(
        first - start, last - start, beans.getCurrentThreadAllocatedBytes() - heap, latencies);
  }

  private static Turn await(Future<Turn> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DeweatherException("interrupted while streams were measured", e);
    } catch (ExecutionException e) {
      throw new DeweatherException("a stream failed: " + e.getCause(), e.getCause());
    }
  }

  /** Forgets what was run to warm up. */
  void restart() {
    Arrays.fill(nanosBetween, 0);
  }

  int count() {
    return streams.size();
  }

  /**
   * The speed of the slowest stream over that of the fastest, over all rounds; each from its first
   * answer to its last, as who is served first is chance.
   */
  double leastShare() {
    LongSummaryStatistics between = Arrays.stream(nanosBetween).summaryStatistics();
    return between.getMax() == 0 ? 1 : (double) between.getMin() / between.getMax();
  }

  @Override
  public void close() {
    threads.shutdown();
    streams.forEach(RestorationStream::close);
    restored.forEach(Mat::release);
  }
}
