package io.deweather.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class InterruptionTest {
  @Test
  @Timeout(30)
  void aTerminalThatGoesAwayAsksToFinish() throws Exception {
    assumeFalse(ignoresHangUp(), "a build under nohup gets no SIGHUP");
    Interruption interruption = new Interruption();
    interruption.listen();

    String self = String.valueOf(ProcessHandle.current().pid());
    assertThat(new ProcessBuilder("kill", "-HUP", self).start().waitFor()).isZero();

    while (!interruption.requested()) {
      Thread.sleep(5);
    }
    assertThat(interruption.exitCode()).isEqualTo(129);
  }

  private static boolean ignoresHangUp() throws Exception {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("SigIgn:"))
        .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 1) != 0);
  }
}
