package io.deweather.samples;

import io.deweather.Device;
import io.deweather.DeviceChoice;
import io.deweather.FrameStatus;
import io.deweather.InferenceException;
import io.deweather.OnnxRestorer;
import io.deweather.RestorationStream;
import io.deweather.Restored;
import io.deweather.Warmup;
import io.deweather.Weather;
import io.deweather.pipeline.FrameStage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.opencv.core.Mat;

/**
 * Restorers that share the processors, to restore as many frames at a time. For files: two of half
 * the threads each restore more frames a second than one of all, since no thread waits for another
 * at the end of every layer. They cost the memory of as many frames.
 */
public final class RestorerSet implements AutoCloseable {
  private final List<OnnxRestorer> restorers = new ArrayList<>();
  private final WeatherChoice choice;

  /**
   * Opens them.
   *
   * @param device that all compute on
   * @param frames how many frames at a time, at least 1; 1 where the bundle's selector chooses, as
   *     it goes by the frames before
   * @param threads of all together; each gets its share, at least one
   */
  public RestorerSet(Path bundle, WeatherChoice choice, Device device, int frames, int threads) {
    if (choice.automatic() && frames > 1) {
      throw new IllegalArgumentException(
          "frames (" + frames + ") must be 1 where the weather is chosen automatically");
    }
    this.choice = choice;
    try {
      for (int i = 0; i < frames; i++) {
        restorers.add(
            choice
                .addTo(OnnxRestorer.builder(bundle))
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

  /**
   * A stage for each restorer. A frame that cannot be restored ends the pipeline.
   *
   * @param unrelated whether each frame is a picture of its own
   */
  List<FrameStage> stages(boolean unrelated) {
    if (!choice.automatic() && choice.weathers().size() < 2) {
      Weather weather = choice.weathers().isEmpty() ? Weather.CLEAR : choice.weathers().get(0);
      return restorers.stream().map(restorer -> FrameStage.of(restorer, weather)).toList();
    }
    return restorers.stream().map(restorer -> chosen(restorer, unrelated)).toList();
  }

  /** A stage for each restorer, of frames that follow each other. */
  public List<FrameStage> stages() {
    return stages(false);
  }

  private static FrameStage chosen(OnnxRestorer restorer, boolean unrelated) {
    RestorationStream stream = restorer.stream(RestorationStream.DEFAULT_NAME);
    return (frame, destination) -> {
      if (unrelated) {
        stream.restart();
      }
      return restored(stream, frame, destination);
    };
  }

  /**
   * Restores a frame as a stream's selector says.
   *
   * @throws InferenceException if it cannot be restored
   */
  static Restored restored(RestorationStream stream, Mat frame, Mat destination) {
    Restored restored = stream.restore(frame, destination);
    if (restored.status() == FrameStatus.PASSED_THROUGH) {
      throw new InferenceException(
          "a frame was not restored (%s): %s"
              .formatted(restored.reason(), stream.health().lastFailure()));
    }
    return restored;
  }

  /** What all compute on. */
  DeviceChoice device() {
    return restorers.get(0).device();
  }

  @Override
  public void close() {
    restorers.forEach(OnnxRestorer::close);
  }
}
