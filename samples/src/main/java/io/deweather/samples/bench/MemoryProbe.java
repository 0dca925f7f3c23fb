package io.deweather.samples.bench;

import io.deweather.DeweatherException;
import io.deweather.OnnxRestorer;
import io.deweather.Warmup;
import io.deweather.Weather;
import io.deweather.samples.bench.BenchmarkResult.Memory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opencv.core.Mat;

/**
 * Resident memory of a process that does nothing but restore frames. It runs beside the benchmark,
 * in a JVM of its own: what else the benchmark loads is not to count.
 */
public final class MemoryProbe {
  static final int SWITCH_EVERY = 50;

  private static final int WARM = 500;
  private static final int FRAMES = 100;
  private static final int TURN = 10;
  private static final Path STATUS = Path.of("/proc/self/status");

  private MemoryProbe() {}

  /** Starts the process and waits for it; nulls where the system does not tell. */
  static Memory measure(BenchmarkOptions options) throws IOException {
    if (Files.notExists(STATUS)) {
      return new Memory(null, null, null, Map.of());
    }
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(a -> a.startsWith("-X") || a.startsWith("-D") || a.startsWith("--enable-native"))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            MemoryProbe.class.getName(),
            options.bundle().toString(),
            String.valueOf(options.width()),
            String.valueOf(options.height()),
            String.valueOf(options.threads()),
            options.weather().id(),
            String.valueOf(options.soakFrames())));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Map<String, Double> found = new LinkedHashMap<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split(" ");
        found.put(words[0], Double.valueOf(words[1]));
      }
      if (process.waitFor() != 0) {
        throw new DeweatherException("measuring memory failed: exit code " + process.exitValue());
      }
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
    }
    Double one = found.remove("one_view");
    Double all = found.remove("all_views");
    return new Memory(one, all, one == null || all == null ? null : all / one, found);
  }

  /** Prints a name and a number of MiB a line. */
  public static void main(String[] arguments) throws IOException {
    int width = Integer.parseInt(arguments[1]);
    int height = Integer.parseInt(arguments[2]);
    int soak = Integer.parseInt(arguments[5]);
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(Path.of(arguments[0]))
            .threads(Integer.parseInt(arguments[3]))
            .warmup(Warmup.ON_DEMAND)
            .open()) {
      Mat frame = Frames.one(width, height);
      Mat restored = new Mat();
      Weather first = new Weather(arguments[4]);
      List<Weather> all = restorer.weathers();
      for (int i = 0; i < FRAMES; i++) {
        restorer.restore(frame, restored, first);
      }
      print("one_view");
      for (int i = 0; i < FRAMES * all.size(); i++) {
        restorer.restore(frame, restored, all.get(i / TURN % all.size()));
      }
      print("all_views");
      for (int i = 1; i <= soak; i++) {
        restorer.restore(frame, restored, all.get(i / SWITCH_EVERY % all.size()));
        if (i == WARM || i == soak) {
          print(String.valueOf(i));
        }
      }
      frame.release();
      restored.release();
    }
  }

  private static void print(String name) throws IOException {
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith("VmRSS:")) {
        long kib = Long.parseLong(line.replaceAll("\\D", ""));
        System.out.printf("%s %.1f%n", name, kib / 1024.0);
      }
    }
  }
}
