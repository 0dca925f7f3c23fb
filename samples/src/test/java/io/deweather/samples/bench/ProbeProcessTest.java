package io.deweather.samples.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ProbeProcessTest {
  /** The probe is this class, in a JVM that would write a decimal comma. */
  @Test
  void aProbesNumbersAreReadInEveryLocale() throws Exception {
    List<String> german = List.of("-Duser.language=de", "-Duser.country=DE");

    Map<String, Double> found = ProbeProcess.run(ProbeProcessTest.class, german, List.of("12.5"));

    assertThat(found).containsExactly(Map.entry("found", 12.5));
  }

  @Test
  @Timeout(60)
  void aProbeEndsWithTheProcessThatStartedIt() throws Exception {
    String java = ProcessHandle.current().info().command().orElse("java");
    String classes = System.getProperty("java.class.path");
    Process starter =
        new ProcessBuilder(java, "-cp", classes, ProbeProcessTest.class.getName(), "start").start();
    assertThat(starter.getErrorStream().read()).isEqualTo('.'); // the probe's
    ProcessHandle probe = starter.descendants().findAny().orElseThrow();
    try {
      starter.destroy();
      probe.onExit().get(20, TimeUnit.SECONDS);
    } finally {
      probe.destroyForcibly();
    }
  }

  public static void main(String[] arguments) throws Exception {
    switch (arguments[0]) {
      case "start" -> ProbeProcess.run(ProbeProcessTest.class, List.of(), List.of("last"));
      case "last" -> {
        System.err.println('.');
        Thread.sleep(120_000);
      }
      default -> ProbeProcess.print("found", Double.parseDouble(arguments[0]));
    }
  }
}
