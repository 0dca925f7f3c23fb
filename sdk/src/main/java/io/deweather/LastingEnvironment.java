package io.deweather;

import ai.onnxruntime.OrtEnvironment;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps ONNX Runtime's environment alive until the process is gone.
 *
 * <p>ONNX Runtime's Java binding frees its environment in a shutdown hook. A session that is
 * running at that moment then uses freed memory: a vehicle's program that is told to stop while a
 * frame is on its way ended in a crash of the JVM, every time. The native environment counts its
 * references and the binding frees only its own, so one more, never given back, is enough. The
 * binding offers no public way to take one.
 */
final class LastingEnvironment {
  private static final Logger LOG = LoggerFactory.getLogger(LastingEnvironment.class);
  private static final int WARNING = 2;

  private LastingEnvironment() {}

  /** Takes the reference; the environment must exist. To be called once. */
  static void hold() {
    try {
      Field api = Class.forName("ai.onnxruntime.OnnxRuntime").getDeclaredField("ortApiHandle");
      api.setAccessible(true);
      Method create =
          OrtEnvironment.class.getDeclaredMethod(
              "createHandle", long.class, int.class, String.class);
      create.setAccessible(true);
      create.invoke(null, api.getLong(null), WARNING, "deweather");
    } catch (ReflectiveOperationException | RuntimeException e) {
      LOG.warn(
          "this ONNX Runtime's environment cannot be kept: close restorers before the JVM ends,"
              + " or a running frame may crash it ({})",
          e.toString());
    }
  }
}
