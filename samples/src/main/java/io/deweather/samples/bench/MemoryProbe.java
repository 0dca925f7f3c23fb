package io.deweather.samples.bench;

import io.deweather.Device;
import io.deweather.OnnxRestorer;
import io.deweather.Warmup;
import io.deweather.Weather;
import io.deweather.samples.ProcessMemory;
import io.deweather.samples.bench.BenchmarkResult.Memory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.opencv.core.Mat;

/** Resident memory of a process that does nothing but restore frames, see {@link ProbeProcess}. */
public final class MemoryProbe {
  static final int SWITCH_EVERY = 50;

  private static final int WARM = 500;
  private static final int FRAMES = 100;
  private static final int TURN = 10;

  /** Garbage touches all of the young generation in time: one that it soon has gone round. */
  private static final String YOUNG = "-Xmn8m";

  private MemoryProbe() {}

  /** Starts the process and waits for it; nulls where the system does not tell. */
  static Memory measure(BenchmarkOptions options) throws IOException {
    if (ProcessMemory.now().rssMb() == null) {
      return new Memory(null, null, null, Map.of());
    }
    Map<String, Double> found =
        ProbeProcess.run(
            MemoryProbe.class,
            List.of(YOUNG),
            List.of(
                options.bundle().toString(),
                String.valueOf(options.width()),
                String.valueOf(options.height()),
                String.valueOf(options.threads()),
                options.weather().id(),
                String.valueOf(options.soakFrames())));
    Double one = found.remove("one_view");
    Double all = found.remove("all_views");
    return new Memory(one, all, one == null || all == null ? null : all / one, found);
  }

  /** Prints a name and a number of MiB a line. */
  public static void main(String[] arguments) {
    int width = Integer.parseInt(arguments[1]);
    int height = Integer.parseInt(arguments[2]);
    int soak = Integer.parseInt(arguments[5]);
    try (OnnxRestorer restorer =
        OnnxRestorer.builder(Path.of(arguments[0]))
            .device(Device.cpu())
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

  private static void print(String name) {
    ProbeProcess.print(name, ProcessMemory.now().rssMb());
  }
}
