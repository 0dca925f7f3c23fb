package io.deweather;

import ai.onnxruntime.OrtEnvironment;

/** ONNX Runtime of this process, for programs that also run sessions of their own. */
public final class OnnxRuntime {
  private OnnxRuntime() {}

  /**
   * The environment, started as restorers start it unless it runs already: without telemetry, with
   * threads that restorers share, one for each processor. A program that starts it in another way
   * before its first restorer leaves each view with threads of its own. From any thread; never to
   * be closed.
   *
   * @throws InferenceException if ONNX Runtime cannot be started
   */
  public static OrtEnvironment environment() {
    return Engine.of(0).environment();
  }
}
