package io.deweather.samples;

import io.deweather.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.Pointer;

/** How much memory was taken since a moment: the GPU's, or this process's on the CPU. */
final class MemoryUse {
  private static final Path STATUS = Path.of("/proc/self/status");

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
    try {
      return gpu < 0 ? residentMb() : gpuMb();
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }

  private static long residentMb() throws IOException {
    try (var lines = Files.lines(STATUS)) {
      return lines
              .filter(line -> line.startsWith("VmRSS:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .findFirst()
              .orElse(0)
          / 1024;
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
