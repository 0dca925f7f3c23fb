package io.deweather.converter;

import ai.onnxruntime.OrtEnvironment;
import io.deweather.Telemetry;

/** ONNX Runtime as the converter starts it: without its telemetry. */
final class OnnxRuntime {
  private OnnxRuntime() {}

  static OrtEnvironment environment() {
    Telemetry.turnOff();
    return OrtEnvironment.getEnvironment();
  }
}
