package io.deweather.samples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What this process takes of the machine's memory, in MiB; what a system does not tell is null.
 *
 * @param rssMb resident now: Java heap, native libraries, weights, activations, frames
 * @param peakRssMb the most that was ever resident
 * @param heapMb the part of it that Java objects use, garbage included
 */
public record ProcessMemory(Double rssMb, Double peakRssMb, double heapMb) {
  private static final Path STATUS = Path.of("/proc/self/status");

  /** What it takes at this moment. */
  public static ProcessMemory now() {
    Runtime java = Runtime.getRuntime();
    return new ProcessMemory(
        status("VmRSS:"), status("VmHWM:"), mib(java.totalMemory() - java.freeMemory()));
  }

  private static Double status(String key) {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith(key)) {
          return mib(1024 * Long.parseLong(line.replaceAll("\\D", "")));
        }
      }
    } catch (IOException e) {
      // Not Linux.
    }
    return null;
  }

  private static double mib(long bytes) {
    return Math.round(bytes / 1048576.0 * 10) / 10.0;
  }
}
