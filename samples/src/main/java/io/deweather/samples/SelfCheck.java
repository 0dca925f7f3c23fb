package io.deweather.samples;

import io.deweather.Device;
import io.deweather.DeweatherException;
import io.deweather.FrameListener;
import io.deweather.FrameRecord;
import io.deweather.NodePlacement;
import io.deweather.OnnxRestorer;
import io.deweather.RestorationStream;
import io.deweather.TensorRtOptions.Size;
import io.deweather.Warmup;
import io.deweather.Weather;
import io.deweather.pipeline.FrameStage;
import io.deweather.pipeline.Pipeline;
import io.deweather.samples.bench.Frames;
import io.deweather.samples.scene.RoadScene;
import java.nio.file.Path;
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

/** The measurements of {@code self-check}. */
final class SelfCheck implements AutoCloseable {
  private static final Size PARITY = new Size(640, 360);
  private static final List<Size> SPEED = List.of(new Size(1280, 720), new Size(1920, 1080));
  private static final int PARITY_FRAMES = 3;
  private static final int WARM_UP = 5;

  /** How many cameras' frames share a run. */
  static final List<Integer> BATCHES = List.of(2, 4);

  private final Path bundle;
  private final int frames;
  private final int streams;
  private final List<Mat> inputs = new ArrayList<>();
  private final Map<Weather, List<Mat>> expected = new LinkedHashMap<>();
  private String reference;

  SelfCheck(Path bundle, int frames, int streams) {
    this.bundle = bundle;
    this.frames = frames;
    this.streams = streams;
  }

  /** One way to use a device. */
  record Variant(String label, Path bundle, Device device) {}

  /**
   * How far a device is from the CPU.
   *
   * @param leastPsnr in dB; null if every picture is equal
   * @param mostLevels the largest difference of a byte
   */
  record Parity(Double leastPsnr, int mostLevels) {
    boolean reaches(double decibels) {
      return leastPsnr == null || leastPsnr >= decibels;
    }
  }

  /**
   * One frame size.
   *
   * @param outsideShare of the time of a frame, what passed before and after the network ran;
   *     copies to and from a device are part of the run
   * @param framesPerSecond one frame in a run
   * @param batchesFramesPerSecond by the number of frames in a run, all of one weather
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
      long memoryMb) {
    Speed withBatches(Map<Integer, Double> rates) {
      return new Speed(
          size,
          p50Ms,
          p99Ms,
          outsideShare,
          framesPerSecond,
          rates,
          streamsFramesPerSecond,
          memoryMb);
    }
  }

  /** How long frames took, and how much of that the network ran. */
  private static final class Times implements FrameListener {
    private Duration inference = Duration.ZERO;
    private Duration total = Duration.ZERO;

    @Override
    public synchronized void onFrame(FrameRecord frame) {
      inference = inference.plus(frame.inference());
      total = total.plus(frame.total());
    }

    synchronized void restart() {
      inference = Duration.ZERO;
      total = Duration.ZERO;
    }

    synchronized double outsideShare() {
      return 1 - (double) inference.toNanos() / total.toNanos();
    }
  }

  /** What was measured of a variant. */
  record Result(
      String label,
      String device,
      String name,
      String reference,
      double openSeconds,
      Parity parity,
      double cpuShare,
      List<Speed> speeds) {}

  /** Fails at once where the device cannot be had, not after the CPU had its turn. */
  static void require(Variant variant) {
    OnnxRestorer.builder(variant.bundle())
        .device(variant.device())
        .warmup(Warmup.ON_DEMAND)
        .open()
        .close();
  }

  /** Draws the frames and restores them on the CPU. */
  Void prepare() {
    try (OnnxRestorer cpu = OnnxRestorer.builder(bundle).device(Device.cpu()).open();
        RoadScene scene = new RoadScene(PARITY.width(), PARITY.height())) {
      reference = cpu.toString();
      for (int i = 0; i < PARITY_FRAMES; i++) {
        Mat frame = new Mat();
        scene.draw(i * RoadScene.FRAME_RATE, frame);
        inputs.add(frame);
      }
      inputs.add(noise(PARITY));
      for (Weather weather : cpu.weathers()) {
        List<Mat> restored = new ArrayList<>();
        for (Mat input : inputs) {
          Mat image = new Mat();
          cpu.restore(input, image, weather);
          restored.add(image);
        }
        expected.put(weather, restored);
      }
    }
    return null;
  }

  Result run(Variant variant) {
    MemoryUse memory = MemoryUse.of(variant.device());
    Times times = new Times();
    long start = System.nanoTime();
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(variant.bundle())
            .device(variant.device())
            .warmup(Warmup.ALL)
            .weather(expected.keySet().iterator().next())
            .listener(times)
            .open()) {
      double seconds = (System.nanoTime() - start) / 1e9;
      Parity parity = parity(restorer);
      List<Speed> speeds = new ArrayList<>();
      for (Size size : SPEED) {
        speeds.add(speed(restorer, times, size, memory));
      }
      // Afterwards, since a device keeps the memory that they take.
      speeds.replaceAll(speed -> speed.withBatches(batches(restorer, speed.size())));
      return new Result(
          variant.label(),
          restorer.device().device().toString(),
          restorer.device().name(),
          reference,
          seconds,
          parity,
          restorer.placements().values().stream()
              .mapToDouble(NodePlacement::cpuShare)
              .max()
              .orElse(0),
          speeds);
    }
  }

  private Parity parity(OnnxRestorer restorer) {
    double least = Double.POSITIVE_INFINITY;
    double most = 0;
    List<Mat> alone = Stream.generate(Mat::new).limit(inputs.size()).toList();
    List<Mat> together = Stream.generate(Mat::new).limit(inputs.size()).toList();
    try {
      for (Weather weather : restorer.weathers()) {
        restorer.restore(inputs, together, weather);
        for (int i = 0; i < inputs.size(); i++) {
          restorer.restore(inputs.get(i), alone.get(i), weather);
          Mat truth = expected.get(weather).get(i);
          for (Mat restored : List.of(alone.get(i), together.get(i))) {
            double difference = Core.norm(restored, truth, Core.NORM_INF);
            most = Math.max(most, difference);
            least = difference == 0 ? least : Math.min(least, Core.PSNR(restored, truth, 255));
          }
        }
      }
      return new Parity(most == 0 ? null : Double.valueOf(least), (int) most);
    } finally {
      alone.forEach(Mat::release);
      together.forEach(Mat::release);
    }
  }

  private Speed speed(OnnxRestorer restorer, Times times, Size size, MemoryUse memory) {
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
      times.restart();
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
          times.outsideShare(),
          rate,
          Map.of(),
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

  private static Mat noise(Size size) {
    Mat frame = new Mat(size.height(), size.width(), CvType.CV_8UC3);
    Core.setRNGSeed(7);
    Core.randu(frame, 0, 256);
    return frame;
  }

  @Override
  public void close() {
    inputs.forEach(Mat::release);
    expected.values().forEach(images -> images.forEach(Mat::release));
  }
}
