package io.deweather;

import java.io.File;
import java.io.IOException;
import java.util.Map;
import org.bytedeco.javacpp.Loader;
import org.slf4j.LoggerFactory;

/**
 * Where ONNX Runtime finds its native library. Left alone it unpacks 28 MB into a new temporary
 * folder in every process; on Linux JavaCPP's cache keeps them from one process to the next: 0.1 s
 * instead of 0.25 s.
 */
final class OnnxRuntimeLibrary {
  private static final String PROPERTY = "onnxruntime.native.path";
  private static final Map<String, String> FOLDERS =
      Map.of(
          "linux-x86_64", "/ai/onnxruntime/native/linux-x64/",
          "linux-arm64", "/ai/onnxruntime/native/linux-aarch64/");

  private OnnxRuntimeLibrary() {}

  /**
   * Runs what touches ONNX Runtime first with its library in the cache. Does nothing more than that
   * if the program named a library itself, or the jar has accelerator providers, which ONNX Runtime
   * unpacks next to its library.
   */
  static <T, E extends Exception> T withCached(Start<T, E> start) throws E {
    String cached = System.getProperty(PROPERTY) == null ? cachedFolder() : null;
    if (cached == null) {
      return start.run();
    }
    System.setProperty(PROPERTY, cached);
    try {
      return start.run();
    } finally {
      System.clearProperty(PROPERTY);
    }
  }

  private static String cachedFolder() {
    String folder = FOLDERS.get(Loader.getPlatform());
    if (folder == null || resourceExists(folder + "libonnxruntime_providers_shared.so")) {
      return null;
    }
    try {
      File library = Loader.cacheResource(folder + "libonnxruntime.so");
      File binding = Loader.cacheResource(folder + "libonnxruntime4j_jni.so");
      return library == null || binding == null ? null : library.getParent();
    } catch (IOException e) {
      LoggerFactory.getLogger(OnnxRuntimeLibrary.class).debug("ONNX Runtime unpacks itself", e);
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
