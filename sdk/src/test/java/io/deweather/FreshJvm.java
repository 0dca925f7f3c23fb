package io.deweather;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs a main class of the tests in a JVM of its own, for what is decided once a process. */
final class FreshJvm {
  private FreshJvm() {}

  /** Returns what it printed; fails unless it exits with 0 within a minute. */
  static String run(Class<?> main, String... arguments) throws IOException, InterruptedException {
    return run(Map.of(), main, arguments);
  }

  /** The same, with more environment variables. The build's own for ONNX Runtime is not passed. */
  static String run(Map<String, String> environment, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile("fresh-jvm", ".txt");
    try {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
      command.addAll(List.of(arguments));
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
      builder.environment().remove("ORT_DISABLE_TELEMETRY");
      builder.environment().putAll(environment);
      Process process = builder.start();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        throw new AssertionError("still running after a minute: " + Files.readString(output));
      }
      if (process.exitValue() != 0) {
        throw new AssertionError(
            "exit code " + process.exitValue() + ": " + Files.readString(output));
      }
      return Files.readString(output);
    } finally {
      Files.delete(output);
    }
  }
}
