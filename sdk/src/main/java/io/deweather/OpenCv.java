package io.deweather;

import java.io.File;
import java.io.IOException;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.opencv.opencv_java;
import org.opencv.core.Core;
import org.slf4j.LoggerFactory;

/**
 * Loads the native library behind {@code org.opencv.*}, once.
 *
 * <p>{@code Loader.load(opencv_java.class)} also loads JavaCPP's own binding of every module, which
 * nobody here calls: 0.75 s with a warm extraction cache. On Linux only the libraries that {@code
 * libopencv_java} links are loaded, from the same cache and in the order of their dependencies: 0.1
 * s. Whatever that way does not find is left to {@code Loader}, which searches further.
 */
public final class OpenCv {
  private static final List<String> BLAS =
      List.of("libgcc_s.so.1", "libquadmath.so.0", "libgfortran.so.5", "libopenblas.so.0");

  /** What libopencv_java links, each after what it links itself. */
  private static final List<String> MODULES =
      List.of(
          "core",
          "imgproc",
          "imgcodecs",
          "videoio",
          "flann",
          "features2d",
          "calib3d",
          "dnn",
          "objdetect",
          "aruco",
          "video",
          "bgsegm",
          "bioinspired",
          "photo",
          "face",
          "plot",
          "img_hash",
          "phase_unwrapping",
          "structured_light",
          "ml",
          "text",
          "tracking",
          "xfeatures2d",
          "ximgproc",
          "xphoto",
          "saliency",
          "wechat_qrcode",
          "dnn_superres");

  private OpenCv() {}

  /**
   * Loads OpenCV if it is not loaded yet. Safe to call from any thread, any number of times; every
   * public entry of this library that touches a {@code Mat} calls it.
   *
   * @throws DeweatherException if the native library cannot be loaded; every later call throws
   *     again, with the first cause
   */
  public static void load() {
    if (Native.FAILURE != null) {
      throw new DeweatherException(
          "cannot load OpenCV's native library: " + NativeLibraries.reason(Native.FAILURE),
          Native.FAILURE);
    }
  }

  /** Class initialisation runs once and is seen by every thread. */
  private static final class Native {
    private static final Throwable FAILURE = NativeLibraries.uninterrupted(Native::tryLoad);

    private static Throwable tryLoad() {
      Throwable first = null;
      try {
        if (loadLinked()) {
          return null;
        }
      } catch (IOException | UnsatisfiedLinkError e) {
        LoggerFactory.getLogger(OpenCv.class).debug("loading every OpenCV module instead", e);
        first = e;
      }
      try {
        Loader.load(opencv_java.class);
        return null;
      } catch (Exception | LinkageError e) {
        return first == null ? e : first; // what the first met led to the second
      }
    }
  }

  private static boolean loadLinked() throws IOException {
    String platform = Loader.getPlatform();
    if (!platform.startsWith("linux-") || Boolean.getBoolean("org.bytedeco.javacpp.pathsFirst")) {
      return false;
    }
    for (String library : BLAS) {
      File file = Loader.cacheResource("/org/bytedeco/openblas/" + platform + "/" + library);
      if (file != null) { // which runtime libraries OpenBLAS brings differs by architecture
        System.load(file.getAbsolutePath());
      }
    }
    String folder = "/org/bytedeco/opencv/" + platform + "/";
    String version = ".so." + Core.VERSION_MAJOR + Core.VERSION_MINOR;
    for (String module : MODULES) {
      loadResource(folder + "libopencv_" + module + version);
    }
    loadResource(folder + "libopencv_java.so");
    return true;
  }

  private static void loadResource(String resource) throws IOException {
    File file = Loader.cacheResource(resource);
    if (file == null) {
      throw new IOException(resource + " is not on the class path");
    }
    System.load(file.getAbsolutePath());
  }
}
