package io.deweather.samples.bench;

import io.deweather.DeweatherException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A measurement in a JVM of its own, beside the benchmark: what else the benchmark loads is not to
 * count. It prints a name and a number a line.
 */
final class ProbeProcess {
  private ProbeProcess() {}

  /**
   * Runs a class's {@code main} with this JVM's options and waits for it.
   *
   * @param extra options of the JVM, which come last
   * @return the numbers by name, in order
   */
  static Map<String, Double> run(Class<?> main, List<String> extra, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(a -> a.startsWith("-X") || a.startsWith("-D") || a.startsWith("--enable-native"))
        .forEach(command::add);
    command.addAll(extra);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy)); // as Ctrl-C may end us
    Map<String, Double> found = new LinkedHashMap<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split(" ");
        found.put(words[0], Double.valueOf(words[1]));
      }
      if (process.waitFor() != 0) {
        throw new DeweatherException(
            main.getSimpleName() + " failed: exit code " + process.exitValue());
      }
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new DeweatherException("interrupted while " + main.getSimpleName() + " ran", e);
    }
    return found;
  }

  static void print(String name, double number) {
    System.out.println(name + " " + number); // without a locale's decimal comma
  }
}
