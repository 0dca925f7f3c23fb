package io.deweather;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.Pointer;

/** What the process has in memory, the libraries that it maps included. */
final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final boolean HAS_STATUS = Files.isReadable(STATUS);

  private ResidentMemory() {}

  static long bytes() {
    return HAS_STATUS ? kilobytes("VmRSS:") << 10 : Pointer.physicalBytes();
  }

  private static long kilobytes(String key) {
    try {
      // Not readAllLines: a process may be named in bytes that are no UTF-8.
      String status = new String(Files.readAllBytes(STATUS), StandardCharsets.ISO_8859_1);
      int line = status.indexOf("\n" + key);
      int unit = status.indexOf(" kB", line);
      return Long.parseLong(status.substring(line + 1 + key.length(), unit).strip());
    } catch (IOException e) {
      return Pointer.physicalBytes() >> 10;
    }
  }
}
