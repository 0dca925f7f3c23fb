package io.deweather;

import ai.onnxruntime.OrtEnvironment;
import io.deweather.NvidiaGpus.Gpu;
import io.deweather.TensorRtOptions.Size;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The folder of the engines of one bundle, GPU and set of options. An engine is machine code: it
 * belongs to the very GPU, driver and libraries that it was built with. So all of them are in the
 * folder's name, hashed, and in {@code key.txt}, to be read.
 *
 * @param folder where it is
 * @param key everything that an engine depends on, one line each
 */
record EngineCache(Path folder, String key) {

  /** What the machine adds to the key. */
  record Machine(Gpu gpu, String driver, String onnxRuntime, String tensorRt, String cudnn) {
    static Machine here(int id) {
      NvidiaGpus found = GpuMachine.gpus();
      Gpu unknown = new Gpu(id, "NVIDIA GPU " + id, null, 0);
      return new Machine(
          id < found.gpus().size() ? found.gpus().get(id) : unknown,
          found.driver(),
          OrtEnvironment.getEnvironment().getVersion(),
          GpuMachine.versionOf("libnvinfer.so").orElse("unknown"),
          GpuMachine.versionOf("libcudnn.so").orElse("unknown"));
    }
  }

  /** The cache of a device and bundle on this machine; ONNX Runtime has to be running. */
  static EngineCache of(Device.TensorRt device, BundleManifest bundle) {
    return of(device.options(), bundle, Machine.here(device.id()));
  }

  static EngineCache of(TensorRtOptions options, BundleManifest bundle, Machine machine) {
    Map<String, Object> parts = new TreeMap<>();
    parts.put("gpu", machine.gpu().name());
    parts.put("compute_capability", machine.gpu().computeCapability());
    parts.put("driver", machine.driver());
    parts.put("onnxruntime", machine.onnxRuntime());
    parts.put("tensorrt", machine.tensorRt());
    parts.put("cudnn", machine.cudnn());
    parts.put("bundle", sha256(new TreeMap<>(bundle.files()).toString()));
    parts.put("fp16", options.fp16());
    parts.put("int8", options.int8());
    parts.put("cuda_graph", options.cudaGraph());
    parts.put("batch", options.batch());
    parts.put(
        "sizes", options.sizes().stream().map(Size::toString).collect(Collectors.joining(" ")));
    String key =
        parts.entrySet().stream()
            .map(part -> part.getKey() + " " + part.getValue() + "\n")
            .collect(Collectors.joining());
    Path root = options.cache() == null ? defaultRoot() : options.cache();
    return new EngineCache(root.resolve(sha256(key).substring(0, 32)).toAbsolutePath(), key);
  }

  private static Path defaultRoot() {
    String set = System.getenv("XDG_CACHE_HOME");
    Path caches =
        set == null || set.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(set);
    return caches.resolve("deweather").resolve("tensorrt");
  }

  /** The name that a graph's engines begin with. */
  static String name(Path graph) {
    return graph.getFileName().toString().replace(".onnx", "");
  }

  /**
   * Makes the folder.
   *
   * @throws InferenceException if it cannot be written
   */
  void create() {
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("key.txt"), key);
    } catch (IOException e) {
      throw new InferenceException("cannot write to the engine cache " + folder + ": " + e, e);
    }
  }

  private static String sha256(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JVM has it
    }
  }
}
