package io.deweather;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.nio.file.Path;

/** The processor: what every session falls back on. */
record CpuProvider() implements Provider {
  /** Costs integer graphs more than half their speed, so only where it is needed. */
  private static final String EXACT_PRODUCTS = "session.x64quantprecision";

  /** Looked at once, and by the first session only. */
  private static final class Here {
    private static final Processor PROCESSOR = Processor.here();
  }

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
  public void addTo(SessionOptions options, Path graph) throws OrtException {
    // ONNX Runtime adds the provider by itself, last.
    if (Here.PROCESSOR.cutsByteProducts()) {
      options.addConfigEntry(EXACT_PRODUCTS, "1");
    }
  }
}
