package io.deweather;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where ONNX Runtime finds its native libraries. Left alone it unpacks them into a new temporary
 * folder in every process: 28 MB, and with a GPU 580 MB more. On Linux JavaCPP's cache keeps them
 * from one process to the next: 0.1 s instead of 0.25 s, and with a GPU instead of up to a minute.
 *
 * <p>Three places are looked at, in this order: the folder that the program names in {@code
 * onnxruntime.native.path}, which need not have the JNI binding, as no build for JetPack or CUDA 13
 * has it; JavaCPP's natives for CUDA 13, which lack it too; ONNX Runtime's own jar. A folder
 * without the binding is completed by links, with the one from ONNX Runtime's jar.
 */
final class OnnxRuntimeLibrary {
  private static final Logger LOG = LoggerFactory.getLogger(OnnxRuntimeLibrary.class);
  private static final String PROPERTY = "onnxruntime.native.path";
  private static final String RUNTIME = "libonnxruntime.so";
  private static final String BINDING = "libonnxruntime4j_jni.so";
  private static final String SHARED = "libonnxruntime_providers_shared.so";
  private static final Map<String, String> FOLDERS =
      Map.of(
          "linux-x86_64", "/ai/onnxruntime/native/linux-x64/",
          "linux-arm64", "/ai/onnxruntime/native/linux-aarch64/");

  private OnnxRuntimeLibrary() {}

  /**
   * Runs what touches ONNX Runtime first, with its libraries where they stay.
   *
   * @throws InferenceException if the folder that the program named has no ONNX Runtime
   */
  static <T, E extends Exception> T withCached(Start<T, E> start) throws E {
    String named = System.getProperty(PROPERTY);
    if (Place.FAILURE != null) {
      throw new InferenceException(Place.FAILURE.getMessage(), Place.FAILURE);
    }
    Path folder = Place.FOLDER;
    if (folder == null) {
      return start.run();
    }
    System.setProperty(PROPERTY, folder.toString());
    try {
      return start.run();
    } finally {
      if (named == null) {
        System.clearProperty(PROPERTY);
      } else {
        System.setProperty(PROPERTY, named);
      }
    }
  }

  /** Puts a provider's library where ONNX Runtime will look for it, if it is in a jar. */
  static void unpackProvider(String library) {
    String resources = FOLDERS.get(Loader.getPlatform());
    if (resources != null && Place.FOLDER != null && providerFile(library).isEmpty()) {
      String name = "lib" + library + ".so";
      if (resourceExists(resources + name)) {
        LOG.info("unpacking {}, once", name);
        unpack(resources + name);
      }
    }
  }

  /** The library of a provider, if it lies where it can be looked at. */
  static Optional<Path> providerFile(String library) {
    return Optional.ofNullable(Place.FOLDER)
        .map(folder -> folder.resolve("lib" + library + ".so"))
        .filter(Files::exists);
  }

  /** Found once: ONNX Runtime looks only once too. */
  private static final class Place {
    private static final InferenceException FAILURE;
    private static final Path FOLDER;

    static {
      Path folder = null;
      InferenceException failure = null;
      try {
        folder = find();
      } catch (InferenceException e) {
        failure = e;
      }
      FOLDER = folder;
      FAILURE = failure;
    }

    private static Path find() {
      String resources = FOLDERS.get(Loader.getPlatform());
      String named = System.getProperty(PROPERTY);
      if (named != null) {
        Path folder = Path.of(named);
        boolean complete = resources == null || Files.exists(folder.resolve(BINDING));
        return complete ? folder : completed(folder, runtimeIn(folder), resources);
      }
      if (resources == null) {
        return null;
      }
      String cuda13 = "/org/bytedeco/onnxruntime/" + Loader.getPlatform() + "-gpu/";
      if (resourceExists(cuda13 + RUNTIME + ".1")) {
        Path runtime = unpack(cuda13 + RUNTIME + ".1");
        for (String name : new String[] {SHARED, "lib" + CudaProvider.LIBRARY + ".so"}) {
          unpack(cuda13 + name);
        }
        return runtime == null ? null : completed(runtime.getParent(), runtime, resources);
      }
      Path runtime = unpack(resources + RUNTIME);
      Path binding = unpack(resources + BINDING);
      if (resourceExists(resources + SHARED)) {
        unpack(resources + SHARED);
      }
      return runtime == null || binding == null ? null : runtime.getParent();
    }
  }

  private static Path runtimeIn(Path folder) {
    try (var files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(RUNTIME))
          .min((a, b) -> a.toString().length() - b.toString().length())
          .orElseThrow(
              () -> new InferenceException("%s=%s has no %s".formatted(PROPERTY, folder, RUNTIME)));
    } catch (IOException e) {
      throw new InferenceException("cannot read %s=%s: %s".formatted(PROPERTY, folder, e), e);
    }
  }

  /**
   * A folder of links to what lies in another, under the names that ONNX Runtime's Java API wants,
   * and to the binding in its jar. Providers are found beside the real libraries.
   */
  private static Path completed(Path folder, Path runtime, String resources) {
    Path binding = unpack(resources + BINDING);
    if (binding == null) {
      throw new InferenceException("ONNX Runtime's jar has no " + resources + BINDING);
    }
    try {
      Path links =
          Loader.getCacheDir()
              .toPath()
              .resolve("deweather-onnxruntime")
              .resolve(Integer.toHexString((folder.toRealPath() + ":" + binding).hashCode()));
      Files.createDirectories(links);
      link(links.resolve(RUNTIME), runtime);
      link(links.resolve(BINDING), binding);
      try (var files = Files.list(folder)) {
        for (Path file : files.toList()) {
          if (file.getFileName().toString().startsWith("libonnxruntime_providers_")) {
            link(links.resolve(file.getFileName()), file);
          }
        }
      }
      return links;
    } catch (IOException e) {
      throw new InferenceException("cannot link ONNX Runtime's libraries: " + e, e);
    }
  }

  private static void link(Path link, Path target) throws IOException {
    Path real = target.toRealPath();
    if (Files.exists(link) && link.toRealPath().equals(real)) {
      return;
    }
    Files.deleteIfExists(link);
    try {
      Files.createSymbolicLink(link, real);
    } catch (FileAlreadyExistsException e) {
      LOG.debug("another process made the same link", e);
    }
  }

  /** Unpacks a resource into JavaCPP's cache, unless it is there; null if that fails. */
  private static Path unpack(String resource) {
    return NativeLibraries.uninterrupted(() -> tryUnpack(resource));
  }

  private static Path tryUnpack(String resource) {
    try {
      File file = Loader.cacheResource(resource);
      return file == null ? null : file.toPath();
    } catch (IOException e) {
      LOG.warn("cannot unpack {} into JavaCPP's cache: {}", resource, e.toString());
      return null;
    }
  }

  private static boolean resourceExists(String resource) {
    return OnnxRuntimeLibrary.class.getResource(resource) != null;
  }

  /** What may touch ONNX Runtime first. */
  interface Start<T, E extends Exception> {
    T run() throws E;
  }
}
