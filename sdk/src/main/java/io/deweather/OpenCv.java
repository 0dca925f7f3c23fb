package io.deweather;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.opencv.opencv_java;

/** Loads the native library behind {@code org.opencv.*}, once. */
public final class OpenCv {
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
          "cannot load OpenCV's native library: " + Native.FAILURE, Native.FAILURE);
    }
  }

  /** Class initialisation runs once and is seen by every thread. */
  private static final class Native {
    private static final Throwable FAILURE = tryLoad();

    private static Throwable tryLoad() {
      try {
        Loader.load(opencv_java.class);
        return null;
      } catch (Exception | LinkageError e) {
        return e;
      }
    }
  }
}
