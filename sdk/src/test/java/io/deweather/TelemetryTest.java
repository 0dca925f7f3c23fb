package io.deweather;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class TelemetryTest {
  @TempDir Path home;

  /** Left alone, ONNX Runtime 1.29 keeps a device's identifier and a database in the cache. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void onnxRuntimeLeavesNothingBehindToReport() throws Exception {
    Map<String, String> fresh =
        Map.of("HOME", home.toString(), "XDG_CACHE_HOME", home.resolve("cache").toString());
    assertThat(FreshJvm.run(fresh, Restores.class)).contains("restored");
    try (Stream<Path> files = Files.walk(home)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.contains("onnxruntime") || name.contains("deviceid"));
    }
  }

  static final class Restores {
    public static void main(String[] args) throws IOException {
      Path log = Path.of("/tmp/mat-debug-" + ProcessHandle.current().pid() + ".log");
      // Another program's, of an earlier process with this number.
      Files.deleteIfExists(log);
      try (OnnxRestorer restorer =
          OnnxRestorer.builder(GoldenBundle.path()).weather(Weather.RAIN).open()) {
        restorer.restore(TestFrames.noise(64, 64, 1)).image().release();
      }
      if (Files.exists(log)) {
        throw new IOException("the telemetry's log is there");
      }
      System.out.println("restored");
    }
  }
}
