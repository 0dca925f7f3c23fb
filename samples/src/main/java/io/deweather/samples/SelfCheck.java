package io.deweather.samples;

import io.deweather.Device;
import io.deweather.NodePlacement;
import io.deweather.OnnxRestorer;
import io.deweather.TensorRtOptions.Size;
import io.deweather.Warmup;
import io.deweather.Weather;
import io.deweather.samples.SpeedCheck.Speed;
import io.deweather.samples.scene.RoadScene;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.opencv.core.Core;
import org.opencv.core.Mat;

/** The measurements of {@code self-check}: a device beside the CPU, and how fast it is. */
final class SelfCheck implements AutoCloseable {
  private static final Size PARITY = new Size(640, 360);
  private static final int PARITY_FRAMES = 3;

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

  /** The device that {@code auto} is here. */
  static Device chosen(Path bundle) {
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(bundle).device(Device.auto()).warmup(Warmup.ON_DEMAND).open()) {
      return restorer.device().device();
    }
  }

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
      inputs.add(SpeedCheck.noise(PARITY));
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
    SpeedCheck speed = new SpeedCheck(frames, streams, MemoryUse.of(variant.device()));
    long start = System.nanoTime();
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(variant.bundle())
            .device(variant.device())
            .warmup(Warmup.ALL)
            .weather(expected.keySet().iterator().next())
            .listener(speed)
            .open()) {
      double seconds = (System.nanoTime() - start) / 1e9;
      Parity parity = parity(restorer);
      List<Speed> speeds = speed.measure(restorer);
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

  @Override
  public void close() {
    inputs.forEach(Mat::release);
    expected.values().forEach(images -> images.forEach(Mat::release));
  }
}
