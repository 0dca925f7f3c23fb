package io.deweather;

import ai.onnxruntime.OrtProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;

/** What is known of the GPU, its driver and its libraries, for names and explanations. */
final class GpuMachine {
  /** The driver's library, which comes with the driver and with nothing else. */
  static final String DRIVER =
      Loader.getPlatform().startsWith("windows") ? "nvcuda.dll" : "libcuda.so.1";

  private static final Pattern RUNTIME = Pattern.compile("libcudart\\.so\\.(\\d+)");

  /** The oldest Linux driver of each CUDA, by its maker's compatibility table. */
  private static final Map<Integer, String> OLDEST_DRIVER =
      Map.of(12, "525.60.13", 13, "580.65.06");

  private static final Map<String, String> ORIGINS =
      Map.of(
          "cuda", "the NVIDIA driver",
          "cudart", "CUDA",
          "cublas", "CUDA",
          "cublasLt", "CUDA",
          "curand", "CUDA",
          "cufft", "CUDA",
          "cudnn", "cuDNN",
          "nvinfer", "TensorRT",
          "nvonnxparser", "TensorRT");

  private GpuMachine() {}

  /** The GPUs, looked for once in a process. */
  static NvidiaGpus gpus() {
    return Found.GPUS;
  }

  private static final class Found {
    private static final NvidiaGpus GPUS = NvidiaGpus.find();
  }

  /** The name of a GPU; CUDA's numbers are the driver's unless the environment renumbers them. */
  static String name(int id) {
    boolean renumbered = System.getenv("CUDA_VISIBLE_DEVICES") != null;
    return renumbered || id >= gpus().gpus().size()
        ? "NVIDIA GPU " + id
        : gpus().gpus().get(id).name();
  }

  /** The Maven profiles whose ONNX Runtime has a provider. */
  static String profilesWith(OrtProvider provider) {
    return provider == OrtProvider.CUDA ? "-Pcuda12 or -Pcuda13" : "-Pcuda12";
  }

  /** Where a library comes from, in parentheses: {@code libcublas.so.12} is of CUDA 12. */
  static String origin(String library) {
    Matcher matcher = Pattern.compile("lib(\\w+)\\.so\\.(\\d+)").matcher(library);
    if (!matcher.matches() || !ORIGINS.containsKey(matcher.group(1))) {
      return "";
    }
    String origin = ORIGINS.get(matcher.group(1));
    // The other libraries of CUDA count differently: libcurand.so.10 is of CUDA 12.
    boolean counts = !origin.contains("driver") && !matcher.group(1).matches("curand|cufft");
    return " (" + origin + (counts ? " " + matcher.group(2) : "") + ")";
  }

  /**
   * Why the GPU may not work although every library loads: none there, not that many, a driver
   * older than the CUDA of the provider needs. Begins with "; ", or is empty.
   */
  static String explanation(int id, String providerLibrary) {
    NvidiaGpus found = gpus();
    if (found.problem() != null) {
      return found.problem().equals(NvidiaGpus.NOBODY_TO_ASK) ? "" : "; " + found.problem();
    }
    boolean renumbered = System.getenv("CUDA_VISIBLE_DEVICES") != null;
    if (!renumbered && id >= found.gpus().size()) {
      return "; this machine has %d GPU, numbered from 0".formatted(found.gpus().size());
    }
    int cuda =
        OnnxRuntimeLibrary.providerFile(providerLibrary).map(GpuMachine::cudaVersion).orElse(0);
    String oldest = OLDEST_DRIVER.get(cuda);
    if (oldest != null && found.driver() != null && isOlder(found.driver(), oldest)) {
      return "; driver %s is older than %s, which CUDA %d needs"
          .formatted(found.driver(), oldest, cuda);
    }
    return "";
  }

  /** The CUDA that a library links, or 0. */
  static int cudaVersion(Path library) {
    try {
      return ElfFile.neededBy(library).stream()
          .map(RUNTIME::matcher)
          .filter(Matcher::matches)
          .map(matcher -> Integer.parseInt(matcher.group(1)))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }

  /** Compares dotted numbers. */
  static boolean isOlder(String version, String than) {
    String[] a = version.split("\\.");
    String[] b = than.split("\\.");
    for (int i = 0; i < Math.min(a.length, b.length); i++) {
      int difference = Integer.compare(Integer.parseInt(a[i]), Integer.parseInt(b[i]));
      if (difference != 0) {
        return difference < 0;
      }
    }
    return a.length < b.length;
  }

  /** The full version of a loaded library, from the name of its file; its path if that has none. */
  static Optional<String> versionOf(String library) {
    return NativeLibraries.pathOf(library)
        .map(
            path -> {
              String file = path.getFileName().toString();
              int at = file.indexOf(".so.");
              return at < 0 ? path.toString() : file.substring(at + 4);
            });
  }
}
