package io.deweather.samples;

import io.deweather.TensorRtOptions.Size;
import io.deweather.Weather;
import io.deweather.samples.bench.Benchmark;
import io.deweather.samples.bench.BenchmarkOptions;
import io.deweather.samples.bench.BenchmarkResult;
import io.deweather.samples.bench.BenchmarkResult.Memory;
import io.deweather.samples.bench.BenchmarkResult.SizeSpeed;
import io.deweather.samples.bench.BenchmarkResult.Sizes;
import io.deweather.samples.bench.BenchmarkResult.Speed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.Options;

/** {@code bench}: how fast this machine restores, and how fast it could at best. */
final class BenchCommand implements Command {
  private static final int LEAST_SIDE = 64;
  private static final int MOST_SIDE = 16_384;
  private static final int ROUNDS = 5;

  @Override
  public String help() {
    return """
        measure the runtime beside the bare session and other engines, side by side

        Usage: deweather bench [--size WxH] [--threads N] [--peers] [--streams N] [--frames N]
               [--sizes WxH,WxH [--memory-limit MIB]] [--bundle BUNDLE] [--json FILE]

        All take turns in rounds, so that whatever else runs on the machine hits all alike; still,
        measure on a quiet one. Ratios are to the bare OrtSession.run loop of the same round. All
        compute on the CPU; 'self-check' measures a GPU.

        Examples:
          deweather bench
              640x360, every core
          deweather bench --peers --json bench.json
              with OpenCV's DNN module, libtorch, ...
          deweather bench --size 1920x1080 --threads 4 --frames 100
              full HD on four cores
          deweather bench --sizes 640x360,3840x2160 --memory-limit 512
              what a pixel costs
        """;
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(Help.value("size", "WxH", "of the frames; by default 640x360"))
        .addOption(Help.value("threads", "N", "that compute; by default one per processor"))
        .addOption(Help.flag("peers", "run the same network in other engines too"))
        .addOption(Help.value("frames", "N", "frames of each, in all; by default 500"))
        .addOption(Help.value("in-flight", "N", "frames a pipeline restores at a time; usually 2"))
        .addOption(Help.value("streams", "N", "also N cameras that share one restorer"))
        .addOption(Help.value("soak", "N", "frames of the memory run; by default 500"))
        .addOption(Help.value("sizes", "WxH,...", "also what a pixel costs in these sizes"))
        .addOption(Help.value("memory-limit", "MIB", "and what, within so much resident memory"))
        .addOption(Help.value("decoder-threads", "N", "instead of the decoder's default"))
        .addOption(Help.value("encoder-threads", "N", "instead of the encoder's default"))
        .addOption(Help.value("w", "weather", "W", "which view; by default the bundle's first"))
        .addOption(BundleChoice.bundleOption())
        .addOption(Report.option());
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) throws IOException {
    arguments.noWords();
    arguments.requireBeside("sizes", "memory-limit");
    BenchmarkOptions options = options(arguments);
    Report report = Report.to(arguments, terminal);
    BenchmarkResult result;
    try (Benchmark benchmark = new Benchmark(options);
        Progress progress = new Progress(terminal, "bench", "steps", benchmark.steps())) {
      result = benchmark.run(progress::done);
    }
    print(result, report);
    report.json(result);
    return DONE;
  }

  private static BenchmarkOptions options(Arguments arguments) {
    Size size = arguments.size("size").orElse(new Size(640, 360));
    if (Math.min(size.width(), size.height()) < LEAST_SIDE
        || Math.max(size.width(), size.height()) > MOST_SIDE) {
      throw new UsageException(
          "--size (%s) must be from %d to %d a side".formatted(size, LEAST_SIDE, MOST_SIDE));
    }
    Path bundle = BundleChoice.bundle(arguments);
    List<Weather> known = BundleChoice.weathers(bundle);
    Weather weather =
        arguments
            .text("weather")
            .map(id -> BundleChoice.weather(id, known, bundle))
            .orElse(known.get(0));
    int processors = Runtime.getRuntime().availableProcessors();
    int threads = arguments.whole("threads", processors, 1, 1024);
    int frames = arguments.whole("frames", 500, 1, 1_000_000);
    return new BenchmarkOptions(
        bundle,
        weather,
        size.width(),
        size.height(),
        threads,
        arguments.whole("in-flight", Math.min(2, threads), 1, 64),
        frames,
        Math.min(ROUNDS, frames),
        arguments.has("peers"),
        arguments.whole("streams", 0, 1, 64),
        arguments.whole("soak", 500, 1, 10_000_000),
        arguments.has("sizes") ? DeviceOption.sizesOf(arguments) : List.of(),
        arguments.has("memory-limit")
            ? (Integer) arguments.whole("memory-limit", 0, 128, 1 << 20)
            : null,
        arguments.whole("decoder-threads", 0, 1, 64),
        arguments.whole("encoder-threads", 0, 1, 64));
  }

  private static void print(BenchmarkResult result, Report report) {
    report.line(
        "%s, %s, %dx%d, %d of %d processors (%s), Java %s",
        result.bundle(),
        result.weather(),
        result.width(),
        result.height(),
        result.threads(),
        result.machine().processors(),
        result.machine().processor(),
        result.machine().java());
    report.line("");
    report.line(
        "%-32s %8s %7s %9s %9s %9s %11s",
        "", "frames/s", "ratio", "p50 ms", "p99 ms", "max ms", "heap/frame");
    row(report, "bare OrtSession.run", result.bare());
    row(report, "OnnxRestorer.restore", result.restore());
    row(report, "pipeline, no codec", result.pipeline());
    row(report, "pipeline, decode", result.pipelineDecode());
    row(report, "pipeline, decode and encode", result.pipelineCodec());
    if (result.streams() != null) {
      row(report, result.streams().count() + " streams, one restorer", result.streams().speed());
    }
    result.peers().forEach((name, speed) -> row(report, name, speed));
    report.line("");
    report.line(
        "arithmetic: %.0f GFLOP/s of %.0f in a matrix product (%.0f %%)",
        result.gflops().network(), result.gflops().machinePeak(), 100 * result.gflops().share());
    if (result.streams() != null) {
      report.line(
          "%d streams: together %.3f of restore, the slowest %.2f of the fastest",
          result.streams().count(),
          result.streams().speed().ratio() / result.restore().ratio(),
          result.streams().leastShare());
    }
    Memory memory = result.rssMb();
    if (memory.oneView() != null) {
      StringBuilder after = new StringBuilder();
      memory
          .afterSwitches()
          .forEach((n, mib) -> after.append(", %.0f after %s frames".formatted(mib, n)));
      report.line(
          "resident: %.0f MiB with one view used, %.0f with all (%.2f times); a switch every 50%s",
          memory.oneView(), memory.allViews(), memory.ratio(), after);
    }
    result.sizes().forEach(sizes -> line(report, sizes));
    result
        .peers()
        .forEach(
            (name, speed) ->
                report.line(
                    "restore is %.2f times as fast as %s",
                    result.restore().ratio() / speed.ratio(), name));
  }

  private static void line(Report report, Sizes sizes) {
    StringBuilder each = new StringBuilder();
    for (SizeSpeed size : sizes.speeds()) {
      each.append(
          "%s%dx%d %.1f (%.2f)"
              .formatted(
                  each.length() == 0 ? "" : ", ",
                  size.width(),
                  size.height(),
                  size.msPerMegapixel(),
                  size.ratio()));
    }
    report.line(
        "ms a megapixel%s: %s%s",
        sizes.memoryLimitMb() == null ? "" : " within " + sizes.memoryLimitMb() + " MiB",
        each,
        sizes.peakRssMb() == null
            ? ""
            : "; at most %.0f MiB resident".formatted(sizes.peakRssMb()));
  }

  private static void row(Report report, String name, Speed speed) {
    report.line(
        "%-32s %8.1f %7.3f %9.1f %9.1f %9.1f %11s",
        name,
        speed.fps(),
        speed.ratio(),
        speed.latencyMs().p50(),
        speed.latencyMs().p99(),
        speed.latencyMs().max(),
        heap(speed.heapBytesPerFrame()));
  }

  private static String heap(Long bytes) {
    if (bytes == null) {
      return "too few";
    }
    return bytes < 10_000 ? bytes + " B" : bytes / 1000 + " kB";
  }
}
