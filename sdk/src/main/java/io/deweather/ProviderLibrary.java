package io.deweather;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The shared library of a GPU provider, and everything that it needs from the machine. ONNX Runtime
 * names at most one library that it did not find; this names all.
 *
 * @param device for messages
 * @param id which GPU
 * @param provider as ONNX Runtime calls it
 * @param library its name without prefix and suffix
 * @param alsoNeeded libraries that it loads by itself later
 * @param trial puts a session on the provider, which loads the library
 */
record ProviderLibrary(
    Device device,
    int id,
    OrtProvider provider,
    String library,
    List<String> alsoNeeded,
    Trial trial) {
  private static final String NOT_FOUND =
      ": cannot open shared object file: No such file or directory";
  private static final String GUIDE = "sdk/GPU.md says what to install";

  /** Something done to a session's options. */
  interface Trial {
    void add(SessionOptions options) throws OrtException;
  }

  /**
   * Checks that ONNX Runtime can load it.
   *
   * @param choosing whether another device will do: then a missing driver is reason enough, before
   *     half a gigabyte is unpacked
   * @throws DeviceException saying what is missing
   */
  void require(boolean choosing) {
    if (!OrtEnvironment.getAvailableProviders().contains(provider)) {
      throw new DeviceException(
          device,
          "this build of ONNX Runtime (%s) has no %s, only %s"
              .formatted(
                  OrtEnvironment.getEnvironment().getVersion(), provider.getName(), providers()),
          "build with Maven's " + GpuMachine.profilesWith(provider) + ", or ./deweather --profile",
          null);
    }
    Optional<String> noDriver = NativeLibraries.load(GpuMachine.DRIVER);
    if (choosing && noDriver.isPresent()) {
      throw new DeviceException(
          device, "no NVIDIA driver: " + noDriver.get(), "install the driver of the GPU", null);
    }
    OnnxRuntimeLibrary.unpackProvider(library);
    if (noDriver.isPresent()) { // whatever else is missing, the user learns in one go
      throw new DeviceException(device, describe(missing()), GUIDE, null);
    }
    try (SessionOptions options = new SessionOptions()) {
      trial.add(options);
    } catch (OrtException e) {
      throw failure(e);
    }
  }

  private static String providers() {
    return OrtEnvironment.getAvailableProviders().stream()
        .map(OrtProvider::getName)
        .collect(Collectors.joining(", "));
  }

  private DeviceException failure(OrtException cause) {
    Map<String, String> missing = missing();
    if (missing.isEmpty()) {
      String explanation = GpuMachine.explanation(id, library);
      return new DeviceException(device, OrtMessage.of(cause) + explanation, "", cause);
    }
    return new DeviceException(device, describe(missing), GUIDE, cause);
  }

  /** What does not load, each with what the loader says; empty if the library is not known. */
  private Map<String, String> missing() {
    Optional<Path> file = OnnxRuntimeLibrary.providerFile(library);
    Map<String, String> missing = new LinkedHashMap<>();
    NativeLibraries.load(GpuMachine.DRIVER).ifPresent(r -> missing.put(GpuMachine.DRIVER, r));
    file.ifPresent(path -> missing.putAll(NativeLibraries.missingFor(path, alsoNeeded)));
    return missing;
  }

  /** One line: what is not there by name, anything else with the loader's words. */
  static String describe(Map<String, String> missing) {
    List<String> absent = new ArrayList<>();
    List<String> broken = new ArrayList<>();
    missing.forEach(
        (name, reason) -> {
          if (reason.equals(name + NOT_FOUND)) {
            absent.add(name + GpuMachine.origin(name));
          } else {
            broken.add(reason);
          }
        });
    List<String> parts = new ArrayList<>();
    if (!absent.isEmpty()) {
      parts.add("the loader does not find " + String.join(", ", absent));
    }
    parts.addAll(broken);
    return String.join("; ", parts);
  }
}
