package io.deweather.samples.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProbeProcessTest {
  /** The probe is this class, in a JVM that would write a decimal comma. */
  @Test
  void aProbesNumbersAreReadInEveryLocale() throws Exception {
    List<String> german = List.of("-Duser.language=de", "-Duser.country=DE");

    Map<String, Double> found = ProbeProcess.run(ProbeProcessTest.class, german, List.of("12.5"));

    assertThat(found).containsExactly(Map.entry("found", 12.5));
  }

  public static void main(String[] arguments) {
    ProbeProcess.print("found", Double.parseDouble(arguments[0]));
  }
}
