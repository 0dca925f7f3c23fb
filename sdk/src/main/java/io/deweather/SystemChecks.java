package io.deweather;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtProvider;
import io.deweather.SystemReport.Benchmark;
import io.deweather.SystemReport.Check;
import io.deweather.SystemReport.Status;
import io.deweather.TensorRtOptions.Size;
import io.deweather.video.VideoCodecs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.opencv.core.Core;

/**
 * Gathers a {@link SystemReport}, from the ground up: Java, processor, libraries, bundle, speed.
 */
final class SystemChecks {
  private static final String NOTHING_TO_DO = "";

  private final Path folder;
  private final Device wanted;
  private final List<Check> checks = new ArrayList<>();
  private final Processor processor = Processor.here();

  SystemChecks(Path folder, Device wanted) {
    this.folder = folder;
    this.wanted = wanted;
  }

  SystemReport run(Duration measured) {
    java();
    processor();
    List<String> providers = onnxRuntime();
    gpu();
    if (!providers.isEmpty()) {
      provider("cuda", CudaProvider.library(new Device.Cuda(id(), CudaOptions.DEFAULT)));
      provider(
          "tensorrt", TensorRtProvider.library(new Device.TensorRt(id(), TensorRtOptions.DEFAULT)));
    }
    openCv();
    VideoCodecs codecs = ffmpeg();
    cameras();
    Bundle bundle = bundle();
    String device = wanted.toString();
    Benchmark benchmark = null;
    if (bundle != null && !providers.isEmpty()) {
      try (OnnxRestorer restorer = open()) {
        device = restorer.device().device().toString();
        ok("device", describe(restorer.device()));
        benchmark = SpeedMeasurement.of(restorer, size(), measured);
        ok("speed", describe(benchmark));
      } catch (DeviceException e) {
        failed("device", wanted + ": " + e.reason(), e.nextStep());
      } catch (DeweatherException e) {
        failed("device", e.getMessage(), "run 'deweather verify' on the bundle");
      }
    }
    return new SystemReport(
        benchmark != null, device, checks, processor, providers, codecs, benchmark);
  }

  private OnnxRestorer open() {
    return OnnxRestorer.builder(folder).device(wanted).warmup(Warmup.ON_DEMAND).open();
  }

  private Size size() {
    return wanted instanceof Device.TensorRt device
        ? device.options().sizes().get(0)
        : new Size(1280, 720);
  }

  private int id() {
    if (wanted instanceof Device.Cuda cuda) {
      return cuda.id();
    }
    return wanted instanceof Device.TensorRt tensorRt ? tensorRt.id() : 0;
  }

  private void java() {
    ok(
        "java",
        "%s, %s, heap up to %d MB, on %s %s"
            .formatted(
                System.getProperty("java.version"),
                System.getProperty("java.vm.name"),
                Runtime.getRuntime().maxMemory() >> 20,
                System.getProperty("os.name"),
                System.getProperty("os.arch")));
  }

  private void processor() {
    String features =
        processor.features().isEmpty() ? "" : "; " + String.join(" ", processor.features());
    String model = processor.model().isEmpty() ? "of an unknown model" : processor.model();
    ok("cpu", "%d x %s%s".formatted(processor.processors(), model, features));
  }

  private List<String> onnxRuntime() {
    try {
      String version = Engine.of(0).environment().getVersion();
      List<String> providers =
          OrtEnvironment.getAvailableProviders().stream().map(OrtProvider::getName).toList();
      ok("onnxruntime", version + ", with " + String.join(", ", providers));
      return providers;
    } catch (DeweatherException e) {
      failed("onnxruntime", e.getMessage(), "check onnxruntime.native.path, and the C library");
      return List.of();
    }
  }

  private void gpu() {
    NvidiaGpus found = GpuMachine.gpus();
    if (found.gpus().isEmpty()) {
      boolean noDriver = NativeLibraries.load(GpuMachine.DRIVER).isPresent();
      String nextStep = noDriver ? "for an NVIDIA GPU, install its driver" : NOTHING_TO_DO;
      add("gpu", wantsGpu() ? Status.FAILED : Status.ABSENT, found.problem(), nextStep);
      return;
    }
    String gpus =
        found.gpus().stream()
            .map(gpu -> "%d: %s, %d MiB".formatted(gpu.index(), gpu.name(), gpu.memoryMib()))
            .collect(Collectors.joining("; "));
    ok("gpu", gpus + "; driver " + found.driver());
  }

  private boolean wantsGpu() {
    return !(wanted instanceof Device.Cpu) && !(wanted instanceof Device.Auto);
  }

  /** Whether everything that a provider links is there; whether it works, only a frame shows. */
  private void provider(String name, ProviderLibrary library) {
    boolean needed = wanted.getClass().equals(library.device().getClass());
    Status otherwise = needed ? Status.FAILED : Status.ABSENT;
    try {
      library.require(false);
      ok(name, "its libraries load");
    } catch (DeviceException e) {
      add(name, otherwise, e.reason(), e.nextStep());
    } catch (DeweatherException e) {
      add(name, otherwise, e.getMessage(), NOTHING_TO_DO);
    }
  }

  private Bundle bundle() {
    try {
      Bundle bundle = Bundle.open(folder);
      BundleManifest manifest = bundle.manifest();
      long bytes =
          manifest.files().values().stream().mapToLong(BundleManifest.FileEntry::bytes).sum();
      ok(
          "bundle",
          "%s: %s, %s, %,d parameters, %,d bytes, every hash right"
              .formatted(
                  manifest.name(),
                  bundle.weatherList(),
                  manifest.precision(),
                  manifest.parameters(),
                  bytes));
      return bundle;
    } catch (BundleException e) {
      failed("bundle", e.getMessage(), "name a sound one with --bundle, or convert it again");
      return null;
    }
  }

  private void openCv() {
    try {
      OpenCv.load();
      ok("opencv", Core.VERSION);
    } catch (DeweatherException e) {
      failed("opencv", e.getMessage(), "check that JavaCPP's cache can be written");
    }
  }

  private VideoCodecs ffmpeg() {
    try {
      VideoCodecs codecs = VideoCodecs.atHand();
      ok(
          "ffmpeg",
          "%s; writes %s; reads %s"
              .formatted(codecs.ffmpeg(), list(codecs.encoders()), list(codecs.decoders())));
      return codecs;
    } catch (DeweatherException e) {
      failed("ffmpeg", e.getMessage(), "check that JavaCPP's cache can be written");
      return null;
    }
  }

  private static String list(Map<String, List<String>> codecs) {
    return codecs.entrySet().stream()
        .filter(format -> !format.getValue().isEmpty())
        .map(format -> format.getKey() + " (" + String.join(", ", format.getValue()) + ")")
        .collect(Collectors.joining(", "));
  }

  private void cameras() {
    List<String> usable = new ArrayList<>();
    List<String> locked = new ArrayList<>();
    try (var devices = Files.newDirectoryStream(Path.of("/dev"), "video*")) {
      for (Path device : devices) {
        boolean open = Files.isReadable(device) && Files.isWritable(device);
        (open ? usable : locked).add(device.toString());
      }
    } catch (IOException e) {
      // No /dev: not Linux, where cameras are only found by opening them.
    }
    if (!locked.isEmpty()) {
      failed("cameras", "no access to " + String.join(", ", locked), "join the group 'video'");
    } else if (usable.isEmpty()) {
      add("cameras", Status.ABSENT, "no /dev/video*", NOTHING_TO_DO);
    } else {
      ok("cameras", String.join(", ", usable.stream().sorted().toList()));
    }
  }

  private static String describe(DeviceChoice choice) {
    String device = choice.device() + ", " + choice.name();
    if (choice.refused().isEmpty()) {
      return device;
    }
    String failed =
        choice.refused().stream()
            .filter(refusal -> !(refusal.device() instanceof Device.TensorRt))
            .map(refusal -> refusal.device() + " does not work, see above; ")
            .collect(Collectors.joining());
    return device + ": auto's choice; " + failed + "TensorRT is taken only by name";
  }

  private static String describe(Benchmark speed) {
    return "%s, %dx%d: %.1f frames/s, %.1f ms (p50), %.1f ms (p99), over %d frames"
        .formatted(
            speed.weather(),
            speed.width(),
            speed.height(),
            speed.framesPerSecond(),
            speed.p50Ms(),
            speed.p99Ms(),
            speed.frames());
  }

  private void ok(String name, String finding) {
    add(name, Status.OK, finding, NOTHING_TO_DO);
  }

  private void failed(String name, String finding, String nextStep) {
    add(name, Status.FAILED, finding, nextStep);
  }

  private void add(String name, Status status, String finding, String nextStep) {
    checks.add(new Check(name, status, finding, nextStep));
  }
}
