package io.deweather.samples;

import io.deweather.Device;
import io.deweather.DeviceChoice;
import io.deweather.NodePlacement;
import io.deweather.OnnxRestorer;
import io.deweather.TensorRtOptions.Size;
import io.deweather.Warmup;
import io.deweather.Weather;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.cli.Options;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.Scalar;

/** {@code warm}: everything slow that a device does once, done ahead. */
final class WarmCommand implements Command {
  @Override
  public String help() {
    return """
        do ahead what a device does once: unpack libraries, build TensorRT engines

        Usage: deweather warm [--device DEVICE] [--bundle BUNDLE] [--sizes WxH,...] [--json FILE]

        Runs every view on a frame of each size and shows what the first and the second frame took.
        TensorRT's engines are kept in ~/.cache/deweather/tensorrt, for this GPU, driver and bundle.

        Examples:
          deweather warm --device tensorrt
              engines for the usual sizes: minutes, once
          deweather warm --device tensorrt --sizes 1024x576
              engines for another size
        """;
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(DeviceOption.option())
        .addOption(BundleChoice.bundleOption())
        .addOption(DeviceOption.sizes())
        .addOption(Report.option());
  }

  /** The results for programs. */
  record Result(String device, String name, double openSeconds, List<View> views) {}

  /**
   * One view at one size; {@code nodes} and {@code cpuShare} only on devices that can fall back.
   */
  record View(
      String weather,
      int width,
      int height,
      double firstMs,
      double secondMs,
      Map<String, Integer> nodes,
      double cpuShare) {}

  @Override
  public int run(Arguments arguments, Terminal terminal) throws IOException {
    arguments.noWords();
    Device wanted = DeviceOption.of(arguments);
    Path bundle = BundleChoice.bundle(arguments);
    Report report = Report.to(arguments, terminal);
    Map<Device, List<Size>> sizes = new LinkedHashMap<>();
    for (Size size : DeviceOption.sizesOf(arguments)) {
      sizes
          .computeIfAbsent(DeviceOption.forFrames(wanted, size), device -> new ArrayList<>())
          .add(size);
    }
    List<Result> results = new ArrayList<>();
    for (var entry : sizes.entrySet()) {
      String what = "warm: %s, %d sizes".formatted(entry.getKey(), entry.getValue().size());
      results.add(
          Progress.during(terminal, what, () -> warm(bundle, entry.getKey(), entry.getValue())));
    }
    results.forEach(result -> print(result, report));
    report.json(results);
    return DONE;
  }

  private static Result warm(Path bundle, Device wanted, List<Size> sizes) {
    long start = System.nanoTime();
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(bundle).device(wanted).warmup(Warmup.ALL).open()) {
      double opened = (System.nanoTime() - start) / 1e9;
      List<View> views = new ArrayList<>();
      for (Weather weather : restorer.weathers()) {
        for (Size size : sizes) {
          views.add(run(restorer, weather, size));
        }
      }
      DeviceChoice device = restorer.device();
      return new Result(device.device().toString(), device.name(), opened, views);
    }
  }

  private static View run(OnnxRestorer restorer, Weather weather, Size size) {
    Mat frame = new Mat(size.height(), size.width(), CvType.CV_8UC3, new Scalar(90, 100, 110));
    Mat restored = new Mat();
    try {
      long start = System.nanoTime();
      restorer.restore(frame, restored, weather);
      long first = System.nanoTime();
      restorer.restore(frame, restored, weather);
      long second = System.nanoTime();
      NodePlacement placement = restorer.placements().get(weather);
      return new View(
          weather.id(),
          size.width(),
          size.height(),
          (first - start) / 1e6,
          (second - first) / 1e6,
          placement == null ? Map.of() : placement.nodes(),
          placement == null ? 0 : placement.cpuShare());
    } finally {
      frame.release();
      restored.release();
    }
  }

  private static void print(Result result, Report report) {
    report.line("%s (%s), open after %.1f s", result.device(), result.name(), result.openSeconds());
    for (View view : result.views()) {
      report.line(
          "  %-12s  %9s  first %8.1f ms  then %8.1f ms%s",
          view.weather(),
          view.width() + "x" + view.height(),
          view.firstMs(),
          view.secondMs(),
          view.nodes().isEmpty()
              ? ""
              : "  %s, %.1f %% on the CPU".formatted(view.nodes(), 100 * view.cpuShare()));
    }
  }
}
