package io.deweather.samples;

import io.deweather.Device;
import io.deweather.OnnxRestorer;
import io.deweather.Warmup;
import io.deweather.Weather;
import io.deweather.pipeline.FrameStage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Restorers that share the processors, to restore as many frames at a time. For files: two of half
 * the threads each restore more frames a second than one of all, since no thread waits for another
 * at the end of every layer. They cost the memory of as many frames.
 */
public final class RestorerSet implements AutoCloseable {
  private final List<OnnxRestorer> restorers = new ArrayList<>();
  private final Weather weather;

  /**
   * Opens them.
   *
   * @param device that all compute on
   * @param frames how many frames at a time, at least 1
   * @param threads of all together; each gets its share, at least one
   */
  public RestorerSet(Path bundle, Weather weather, Device device, int frames, int threads) {
    this.weather = weather;
    try {
      for (int i = 0; i < frames; i++) {
        restorers.add(
            OnnxRestorer.builder(bundle)
                .weather(weather)
                .device(device)
                .threads(Math.max(1, threads / frames))
                .warmup(Warmup.ON_DEMAND)
                .open());
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** A stage for each restorer. */
  public List<FrameStage> stages() {
    return restorers.stream().map(restorer -> FrameStage.of(restorer, weather)).toList();
  }

  @Override
  public void close() {
    restorers.forEach(OnnxRestorer::close);
  }
}
