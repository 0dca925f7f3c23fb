package io.deweather.samples.bench;

import io.deweather.Device;
import io.deweather.OnnxRestorer;
import io.deweather.OpenCv;
import io.deweather.TensorRtOptions.Size;
import io.deweather.Warmup;
import io.deweather.Weather;
import io.deweather.samples.ProcessMemory;
import io.deweather.samples.bench.BenchmarkResult.SizeSpeed;
import io.deweather.samples.bench.BenchmarkResult.Sizes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opencv.core.Core;
import org.opencv.core.CvType;
import org.opencv.core.Mat;

/**
 * What a pixel costs in frames of several sizes, in a process that does nothing else, with as much
 * memory as the frames take or within a limit. The sizes take turns in rounds.
 */
public final class SizesProbe {
  private static final int ROUNDS = 5;

  /** Pixels of each size in a round: some nine frames of 640x360, one of the large ones. */
  private static final int PIXELS = 2_000_000;

  /** More than any frame takes. */
  private static final long UNLIMITED = 1L << 40;

  private static final String HEAP = "-Xmx64m";
  private static final String PEAK = "peak";

  private SizesProbe() {}

  /**
   * Measures.
   *
   * @param limitMib for the resident memory of the process; null for none
   */
  static Sizes measure(BenchmarkOptions options, Integer limitMib) throws IOException {
    List<String> arguments = new ArrayList<>();
    arguments.add(options.bundle().toString());
    arguments.add(String.valueOf(options.threads()));
    arguments.add(options.weather().id());
    arguments.add(String.valueOf(limitMib == null ? UNLIMITED : (long) limitMib << 20));
    options.sizes().forEach(size -> arguments.add(size.toString()));
    Map<String, Double> found = ProbeProcess.run(SizesProbe.class, List.of(HEAP), arguments);
    List<SizeSpeed> speeds = new ArrayList<>();
    for (Size size : options.sizes()) {
      double each = found.get(size.toString());
      double ratio = each / found.get(options.sizes().get(0).toString());
      speeds.add(new SizeSpeed(size.width(), size.height(), each, ratio));
    }
    return new Sizes(limitMib, found.get(PEAK), speeds);
  }

  /** Prints a size and its milliseconds a megapixel a line, at last the peak in MiB. */
  public static void main(String[] arguments) {
    Weather weather = new Weather(arguments[2]);
    Map<String, List<Double>> times = new LinkedHashMap<>();
    List<Size> sizes = new ArrayList<>();
    for (int i = 4; i < arguments.length; i++) {
      sizes.add(Size.parse(arguments[i]));
      times.put(arguments[i], new ArrayList<>());
    }
    OpenCv.load();
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(Path.of(arguments[0]))
            .device(Device.cpu())
            .threads(Integer.parseInt(arguments[1]))
            .memoryLimit(Long.parseLong(arguments[3]))
            .weather(weather)
            .warmup(Warmup.ON_DEMAND)
            .open()) {
      for (int round = 0; round < ROUNDS; round++) {
        for (Size size : sizes) {
          // Noise: to draw a scene takes Java heap, which counts as well.
          Mat frame = new Mat(size.height(), size.width(), CvType.CV_8UC3);
          Core.randu(frame, 0, 256);
          Mat restored = new Mat();
          // The first of a size decides on tiles, and asks the system for memory.
          restorer.restore(frame, restored, weather);
          long pixels = frame.total();
          for (int n = 0; n < 1 + PIXELS / pixels; n++) {
            long begin = System.nanoTime();
            restorer.restore(frame, restored, weather);
            times.get(size.toString()).add((double) (System.nanoTime() - begin) / pixels);
          }
          frame.release();
          restored.release();
        }
      }
    }
    times.forEach((size, nanosAPixel) -> ProbeProcess.print(size, Benchmark.median(nanosAPixel)));
    Double peak = ProcessMemory.now().peakRssMb();
    if (peak != null) {
      ProbeProcess.print(PEAK, peak);
    }
  }
}
