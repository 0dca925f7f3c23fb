package io.deweather;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The NVIDIA GPUs of this machine and their driver, as {@code nvidia-smi} lists them or, where that
 * is missing, the kernel. They explain failures; whether a GPU works is for ONNX Runtime to say.
 *
 * @param driver the driver's version; null if there is no driver
 * @param gpus what it sees, in its own order, whatever {@code CUDA_VISIBLE_DEVICES} says
 * @param problem why nothing could be found out; null if something was
 */
record NvidiaGpus(String driver, List<Gpu> gpus, String problem) {
  private static final Path KERNEL = Path.of("/proc/driver/nvidia");
  private static final Path MODEL = Path.of("/proc/device-tree/model");
  private static final Pattern VERSION = Pattern.compile("\\b(\\d{3}\\.\\d+(\\.\\d+)*)\\b");

  /** The problem where {@code nvidia-smi} is missing and the kernel says nothing either. */
  static final String NOBODY_TO_ASK = "nvidia-smi is not on the PATH";

  /**
   * One GPU.
   *
   * @param index its number in {@code nvidia-smi}
   * @param name the maker's
   * @param computeCapability such as 8.7; null if unknown
   * @param memoryMib its memory; 0 if unknown
   */
  record Gpu(int index, String name, String computeCapability, long memoryMib) {}

  /** Looks once; 0.1 s to some seconds where there is a driver, nothing where there is none. */
  static NvidiaGpus find() {
    Optional<String> noDriver = NativeLibraries.load(GpuMachine.DRIVER);
    if (noDriver.isPresent()) {
      return new NvidiaGpus(null, List.of(), "no NVIDIA driver: " + noDriver.get());
    }
    String listed = NOBODY_TO_ASK;
    try {
      Answer answer =
          ask(
              "nvidia-smi",
              "--query-gpu=index,name,driver_version,compute_cap,memory.total",
              "--format=csv,noheader,nounits");
      if (answer.code() == 0) {
        return parse(answer.text());
      }
      listed = "nvidia-smi: " + answer.text().strip().replace('\n', ' ');
    } catch (IOException e) {
      // Said above: Jetson had none for years, containers often leave it out.
    }
    return fromKernel(listed);
  }

  /** What {@code nvidia-smi} printed. */
  static NvidiaGpus parse(String csv) {
    List<Gpu> gpus = new ArrayList<>();
    String driver = null;
    for (String line : csv.strip().lines().toList()) {
      String[] fields = line.split("\\s*,\\s*");
      if (fields.length == 5 && fields[0].matches("\\d+")) {
        driver = version(fields[2]);
        long memory = fields[4].matches("\\d+") ? Long.parseLong(fields[4]) : 0;
        gpus.add(new Gpu(Integer.parseInt(fields[0]), fields[1], fields[3], memory));
      }
    }
    return new NvidiaGpus(driver, gpus, gpus.isEmpty() ? "nvidia-smi lists no GPU" : null);
  }

  private static NvidiaGpus fromKernel(String problem) {
    List<Gpu> gpus = new ArrayList<>();
    String driver = null;
    try {
      if (Files.isReadable(KERNEL.resolve("version"))) {
        driver = version(Files.readString(KERNEL.resolve("version")));
      }
      if (Files.isDirectory(KERNEL.resolve("gpus"))) {
        try (var folders = Files.list(KERNEL.resolve("gpus"))) {
          for (Path folder : folders.sorted().toList()) {
            gpus.add(new Gpu(gpus.size(), model(folder.resolve("information")), null, 0));
          }
        }
      }
      if (gpus.isEmpty() && Files.isReadable(MODEL)) { // Jetson and DRIVE
        gpus.add(new Gpu(0, Files.readString(MODEL).replace("\0", "").strip(), null, 0));
      }
    } catch (IOException e) {
      return new NvidiaGpus(driver, gpus, problem + "; " + e.getMessage());
    }
    return new NvidiaGpus(driver, gpus, gpus.isEmpty() ? problem : null);
  }

  /** The driver's version in {@code /proc/driver/nvidia/version}, or null. */
  static String version(String text) {
    Matcher matcher = VERSION.matcher(text);
    return matcher.find() ? matcher.group(1) : null;
  }

  private static String model(Path information) throws IOException {
    return Files.readString(information)
        .lines()
        .filter(line -> line.startsWith("Model:"))
        .map(line -> line.substring("Model:".length()).strip())
        .findFirst()
        .orElse("an NVIDIA GPU");
  }

  private record Answer(int code, String text) {}

  private static Answer ask(String... command) throws IOException {
    Path output = Files.createTempFile("deweather", ".txt");
    // What is found out stays for good: not for want of these seconds.
    boolean interrupted = Thread.interrupted();
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
      while (process.isAlive() && System.nanoTime() < end) {
        try {
          process.waitFor(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (process.isAlive()) {
        process.destroyForcibly();
        return new Answer(1, "no answer within 10 s");
      }
      return new Answer(process.exitValue(), Files.readString(output));
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      Files.delete(output);
    }
  }
}
