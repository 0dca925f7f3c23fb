package io.deweather.samples;

import io.deweather.DeweatherException;
import io.deweather.FrameListener;
import io.deweather.FrameRecord;
import io.deweather.OnnxRestorer;
import io.deweather.RestorationStream;
import io.deweather.TensorRtOptions.Size;
import io.deweather.Weather;
import io.deweather.pipeline.FrameStage;
import io.deweather.pipeline.Pipeline;
import io.deweather.samples.bench.Frames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

/** How fast a restorer is; it listens to that restorer's frames. */
final class SpeedCheck implements FrameListener {
  /** How many cameras' frames share a run. */
  static final List<Integer> BATCHES = List.of(2, 4);

  private static final List<Size> SIZES = List.of(new Size(1280, 720), new Size(1920, 1080));
  private static final int WARM_UP = 5;

  private final int frames;
  private final int streams;
  private final MemoryUse memory;
  private Duration inference = Duration.ZERO;
  private Duration total = Duration.ZERO;

  SpeedCheck(int frames, int streams, MemoryUse memory) {
    this.frames = frames;
    this.streams = streams;
    this.memory = memory;
  }

  /**
   * One frame size.
   *
   * @param outsideShare of the time of a frame, what passed before and after the network ran;
   *     copies to and from a device are part of the run
   * @param framesPerSecond one frame in a run
   * @param batchesFramesPerSecond by the number of frames in a run, all of one weather; filled in
   *     after every size has been measured alone
   * @param streamsFramesPerSecond of several streams of different weathers, one frame in a run
   */
  record Speed(
      Size size,
      double p50Ms,
      double p99Ms,
      double outsideShare,
      double framesPerSecond,
      Map<Integer, Double> batchesFramesPerSecond,
      double streamsFramesPerSecond,
      long memoryMb) {}

  List<Speed> measure(OnnxRestorer restorer) {
    List<Speed> speeds = SIZES.stream().map(size -> one(restorer, size)).toList();
    // Afterwards, since a device keeps the memory that they take.
    speeds.forEach(speed -> speed.batchesFramesPerSecond().putAll(batches(restorer, speed.size())));
    return speeds;
  }

  @Override
  public synchronized void onFrame(FrameRecord frame) {
    inference = inference.plus(frame.inference());
    total = total.plus(frame.total());
  }

  private synchronized void restart() {
    inference = Duration.ZERO;
    total = Duration.ZERO;
  }

  private synchronized double outsideShare() {
    return 1 - (double) inference.toNanos() / total.toNanos();
  }

  private Speed one(OnnxRestorer restorer, Size size) {
    Mat frame = noise(size);
    Mat restored = new Mat();
    try {
      for (Weather weather : restorer.weathers()) {
        for (int i = 0; i < Math.min(WARM_UP, frames); i++) {
          restorer.restore(frame, restored, weather);
        }
      }
      long held = memory.grownMb();
      RestorationStream stream = restorer.stream(RestorationStream.DEFAULT_NAME);
      Latencies latencies = new Latencies();
      restart();
      long start = System.nanoTime();
      for (int i = 0; i < frames; i++) {
        long before = System.nanoTime();
        stream.restore(frame, restored);
        latencies.record(System.nanoTime() - before);
      }
      double rate = frames * 1e9 / (System.nanoTime() - start);
      return new Speed(
          size,
          latencies.summary().p50(),
          latencies.summary().p99(),
          outsideShare(),
          rate,
          new LinkedHashMap<>(),
          together(restorer, frame),
          held);
    } finally {
      frame.release();
      restored.release();
    }
  }

  private Map<Integer, Double> batches(OnnxRestorer restorer, Size size) {
    Weather weather = restorer.weathers().get(0);
    Mat frame = noise(size);
    Map<Integer, Double> rates = new LinkedHashMap<>();
    for (int count : BATCHES) {
      List<Mat> sources = Collections.nCopies(count, frame);
      List<Mat> results = Stream.generate(Mat::new).limit(count).toList();
      int runs = Math.max(1, frames / count);
      for (int i = 0; i < Math.min(WARM_UP, runs); i++) {
        restorer.restore(sources, results, weather);
      }
      long start = System.nanoTime();
      for (int i = 0; i < runs; i++) {
        restorer.restore(sources, results, weather);
      }
      rates.put(count, runs * count * 1e9 / (System.nanoTime() - start));
      results.forEach(Mat::release);
    }
    frame.release();
    return rates;
  }

  /** A pipeline a stream, of different weathers: nearly every frame changes the view. */
  private double together(OnnxRestorer restorer, Mat frame) {
    ExecutorService cameras = Executors.newFixedThreadPool(streams);
    List<Future<?>> running = new ArrayList<>();
    long start = System.nanoTime();
    for (int camera = 0; camera < streams; camera++) {
      Weather weather = restorer.weathers().get(camera % restorer.weathers().size());
      running.add(cameras.submit(() -> stream(restorer, frame, weather)));
    }
    cameras.shutdown();
    try {
      for (Future<?> camera : running) {
        camera.get();
      }
    } catch (InterruptedException | ExecutionException e) {
      throw new DeweatherException("a stream failed: " + e.getMessage(), e);
    }
    return (double) streams * frames * 1e9 / (System.nanoTime() - start);
  }

  private void stream(OnnxRestorer restorer, Mat frame, Weather weather) {
    try (Pipeline pipeline =
        Pipeline.builder(
                Frames.repeated(frame, frames),
                FrameStage.of(restorer, weather),
                (image, stamp) -> {})
            .open()) {
      pipeline.run();
    }
  }

  static Mat noise(Size size) {
    Mat frame = new Mat(size.height(), size.width(), CvType.CV_8UC3);
    Core.setRNGSeed(7);
    Core.randu(frame, 0, 256);
    return frame;
  }
}
