package io.deweather.samples;

import io.deweather.BundleManifest;
import io.deweather.CudaOptions;
import io.deweather.Device;
import io.deweather.TensorRtOptions;
import io.deweather.TensorRtOptions.Size;
import io.deweather.converter.Precision;
import io.deweather.samples.SelfCheck.Parity;
import io.deweather.samples.SelfCheck.Result;
import io.deweather.samples.SelfCheck.Variant;
import io.deweather.samples.SpeedCheck.Speed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.Options;

/** {@code self-check}: a device against the CPU, and how fast it is. */
final class SelfCheckCommand implements Command {
  /** Below this, which the help names, a view computes something else: it is not rounding. */
  private static final double LEAST_PSNR = 50;

  private static final int FRAMES = 100;
  private static final int STREAMS = 4;

  @Override
  public String help() {
    return """
        check a device against the CPU and measure it; samples/gpu-self-check finds CUDA for it

        Usage: deweather self-check [--device DEVICE] [--bundle BUNDLE] [--fp16 BUNDLE] [--frames N] [--streams N]
               [--json FILE]

        Every way to use the device is measured: with and without TF32 and channels-last on CUDA, in
        full and half precision with TensorRT. Parity is PSNR against the fp32 bundle on the CPU, the
        worst over all views and frames, alone and in one run together. Speed is from Mat to Mat, one
        frame after the other (1/s), 2 and 4 cameras' frames in a run (by 2, by 4), and several
        streams of different weathers together. Memory is what the process holds beyond what it held
        before: of the GPU (all of nvidia-smi's memory.used), or of the machine on the CPU.

        The exit code is 0 if every way reaches 50 dB, else 1.

        Examples:
          deweather self-check --device cuda
              the first GPU
          deweather self-check --device cuda --fp16 edge-fp16
              half precision too
          deweather self-check --device cpu --frames 3
              a rehearsal without a GPU
        """;
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(DeviceOption.option("cuda"))
        .addOption(BundleChoice.bundleOption())
        .addOption(Help.value("fp16", "BUNDLE", "the same bundle in half precision"))
        .addOption(Help.value("frames", "N", "frames to measure at each size; by default 100"))
        .addOption(Help.value("streams", "N", "streams at the same time; by default 4"))
        .addOption(Report.option());
  }

  @Override
  public int run(Arguments arguments, Terminal terminal) throws IOException {
    arguments.noWords();
    Device named = arguments.has("device") ? DeviceOption.of(arguments) : Device.cuda(0);
    if (named instanceof Device.TensorRt && arguments.has("fp16")) {
      throw new UsageException("--fp16 is not for TensorRT, which halves the fp32 bundle itself");
    }
    int frames = arguments.whole("frames", FRAMES, 1, 100_000);
    int streams = arguments.whole("streams", STREAMS, 1, 64);
    Path bundle = BundleChoice.bundle(arguments);
    Report report = Report.to(arguments, terminal);
    Optional<Path> half = arguments.path("fp16");
    half.ifPresent(SelfCheckCommand::requireHalf);
    Device device = named instanceof Device.Auto ? SelfCheck.chosen(bundle) : named;
    List<Variant> variants = variants(device, bundle, half);
    List<Result> results = new ArrayList<>();
    try (SelfCheck check = new SelfCheck(bundle, frames, streams)) {
      SelfCheck.require(variants.get(0));
      Progress.during(terminal, "self-check: the CPU's pictures", check::prepare);
      for (Variant variant : variants) {
        results.add(
            Progress.during(terminal, "self-check: " + variant.label(), () -> check.run(variant)));
      }
    }
    print(results, streams, report);
    report.json(results);
    List<Result> below = results.stream().filter(r -> !r.parity().reaches(LEAST_PSNR)).toList();
    below.forEach(r -> terminal.note("%s does not reach %.0f dB", r.label(), LEAST_PSNR));
    return below.isEmpty() ? DONE : FAILED;
  }

  private static void requireHalf(Path bundle) {
    String precision = BundleManifest.read(bundle).precision();
    if (!precision.equals(Precision.FP16.id())) {
      throw new UsageException("--fp16 (%s) must be in fp16, is %s".formatted(bundle, precision));
    }
  }

  private static List<Variant> variants(Device device, Path bundle, Optional<Path> half) {
    List<Variant> variants = new ArrayList<>();
    if (device instanceof Device.Cuda cuda) {
      CudaOptions plain = CudaOptions.DEFAULT.withTf32(false);
      variants.add(new Variant("fp32", bundle, Device.cuda(cuda.id(), plain)));
      variants.add(new Variant("fp32 with TF32", bundle, Device.cuda(cuda.id())));
      CudaOptions nhwc = CudaOptions.DEFAULT.withNhwc(true);
      variants.add(new Variant("TF32, NHWC", bundle, Device.cuda(cuda.id(), nhwc)));
      half.ifPresent(
          path -> {
            variants.add(new Variant("fp16", path, Device.cuda(cuda.id())));
            variants.add(new Variant("fp16, NHWC", path, Device.cuda(cuda.id(), nhwc)));
          });
    } else if (device instanceof Device.TensorRt tensorRt) {
      TensorRtOptions batches =
          TensorRtOptions.DEFAULT.withBatch(Collections.max(SpeedCheck.BATCHES));
      TensorRtOptions full = batches.withFp16(false);
      variants.add(new Variant("fp32", bundle, Device.tensorRt(tensorRt.id(), full)));
      variants.add(new Variant("fp16", bundle, Device.tensorRt(tensorRt.id(), batches)));
    } else {
      variants.add(new Variant("fp32", bundle, device));
      half.ifPresent(path -> variants.add(new Variant("fp16", path, device)));
    }
    return variants;
  }

  private static void print(List<Result> results, int streams, Report report) {
    Result first = results.get(0);
    report.line("%s (%s); parity against the CPU", first.device(), first.name());
    report.line("");
    report.line(
        "%-15s  %8s  %6s  %9s  %7s  %7s  %7s  %7s  %7s  %7s  %8s  %6s  %5s",
        "",
        "PSNR",
        "levels",
        "frames",
        "p50 ms",
        "p99 ms",
        "outside",
        "1/s",
        "by 2",
        "by 4",
        streams + " x 1/s",
        "MB",
        "CPU");
    for (Result result : results) {
      Parity parity = result.parity();
      String label = result.label();
      String agreement = "%8s  %6d".formatted(decibels(parity.leastPsnr()), parity.mostLevels());
      for (Speed speed : result.speeds()) {
        Size size = speed.size();
        report.line(
            "%-15s  %16s  %9s  %7.2f  %7.2f  %6.1f%%  %7.1f  %7.1f  %7.1f  %8.1f  %6d  %4.0f%%",
            label,
            agreement,
            size,
            speed.p50Ms(),
            speed.p99Ms(),
            100 * speed.outsideShare(),
            speed.framesPerSecond(),
            speed.batchesFramesPerSecond().get(2),
            speed.batchesFramesPerSecond().get(4),
            speed.streamsFramesPerSecond(),
            speed.memoryMb(),
            100 * result.cpuShare());
        label = "";
        agreement = "";
      }
    }
    report.line("");
    report.line(
        "PSNR and levels: the worst of all views; by 2, by 4: frames a second with as many in a run;");
    report.line(
        "outside: the share of a frame's time before and after the network, copies being its own;");
    report.line("MB: all views, after frames of that size, one in a run;");
    report.line("CPU: the share of node time that fell back on it, of a small frame.");
  }

  private static String decibels(Double psnr) {
    return psnr == null ? "equal" : "%.1f dB".formatted(psnr);
  }
}
