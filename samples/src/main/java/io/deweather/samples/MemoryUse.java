package io.deweather.samples;

import io.deweather.Device;
import java.io.IOException;
import org.bytedeco.javacpp.Pointer;

/** How much memory was taken since a moment: the GPU's, or this process's on the CPU. */
final class MemoryUse {
  private final int gpu;
  private final long before;

  private MemoryUse(int gpu) {
    this.gpu = gpu;
    // What was freed but not given back would be taken again, and not show.
    System.gc();
    Pointer.trimMemory();
    before = usedMb();
  }

  static MemoryUse of(Device device) {
    if (device instanceof Device.Cuda cuda) {
      return new MemoryUse(cuda.id());
    }
    return new MemoryUse(device instanceof Device.TensorRt tensorRt ? tensorRt.id() : -1);
  }

  /** MB more than at first; 0 where the system does not say. */
  long grownMb() {
    return Math.max(0, usedMb() - before);
  }

  private long usedMb() {
    if (gpu < 0) {
      Double resident = ProcessMemory.now().rssMb();
      return resident == null ? 0 : Math.round(resident);
    }
    try {
      return gpuMb();
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }

  private long gpuMb() throws IOException {
    Process process =
        new ProcessBuilder(
                "nvidia-smi",
                "--query-gpu=memory.used",
                "--format=csv,noheader,nounits",
                "--id=" + gpu)
            .redirectErrorStream(true)
            .start();
    return Long.parseLong(new String(process.getInputStream().readAllBytes()).strip());
  }
}
