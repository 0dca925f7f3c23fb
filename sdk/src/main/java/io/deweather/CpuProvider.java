package io.deweather;

import ai.onnxruntime.OrtSession.SessionOptions;
import io.deweather.TensorRtOptions.Size;
import java.nio.file.Path;

/** The processor: what every session falls back on, so there is nothing to add. */
record CpuProvider() implements Provider {
  @Override
  public Device device() {
    return Device.cpu();
  }

  @Override
  public String name() {
    return "CPU";
  }

  @Override
  public boolean accelerated() {
    return false;
  }

  @Override
  public void require(boolean choosing) {
    // Always there.
  }

  @Override
  public void addTo(SessionOptions options, Path graph) {
    // ONNX Runtime adds it by itself, last.
  }

  @Override
  public Size trialSize() {
    return new Size(64, 64);
  }
}
