package io.deweather;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.nio.file.Path;

/** How the sessions of one bundle come to compute on one device. */
interface Provider {
  /**
   * The provider of a device.
   *
   * @param device not {@code auto}
   * @param bundle what will run
   */
  static Provider of(Device device, Bundle bundle) {
    if (device instanceof Device.Cuda cuda) {
      return new CudaProvider(cuda, bundle.weathers().size());
    }
    if (device instanceof Device.TensorRt tensorRt) {
      return new TensorRtProvider(tensorRt, bundle.manifest());
    }
    return new CpuProvider();
  }

  /** What it computes on. */
  Device device();

  /** The hardware, for people. */
  String name();

  /** Whether a session may put nodes elsewhere than on the CPU. */
  boolean accelerated();

  /**
   * Checks what can be known before there is a session.
   *
   * @param choosing whether another device will do: then no time is spent on listing everything
   *     that is missing, and nothing that takes minutes is begun
   * @throws DeviceException saying what is missing
   */
  void require(boolean choosing);

  /**
   * Puts a session on the device.
   *
   * @param graph the session's graph file
   */
  void addTo(SessionOptions options, Path graph) throws OrtException;

  /** The frame size that a new session is tried with. */
  default TensorRtOptions.Size trialSize() {
    return new TensorRtOptions.Size(64, 64);
  }

  /** Whether it is prepared for frames of a size. */
  default boolean takes(int rows, int cols) {
    return true;
  }

  /** How many frames of one size it is prepared for in one run. */
  default int mostFrames() {
    return Integer.MAX_VALUE;
  }

  /**
   * Checks whether frames of a size can run.
   *
   * @throws FrameException if not
   */
  default void checkSize(int rows, int cols) {}

  /** What may explain why ONNX Runtime failed on this device, for the end of a message; or "". */
  default String explanation() {
    return "";
  }
}
