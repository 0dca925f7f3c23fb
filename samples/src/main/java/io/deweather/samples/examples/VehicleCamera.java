package io.deweather.samples.examples;

import io.deweather.DeweatherException;
import io.deweather.InferenceException;
import io.deweather.OnnxRestorer;
import io.deweather.Weather;
import io.deweather.video.FrameSource;
import io.deweather.video.FrameStamp;
import io.deweather.video.MediaException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;
import org.opencv.core.Mat;

/**
 * How vehicle software embeds {@link OnnxRestorer}: one thread takes frames from a camera, restores
 * them and hands them on, for hours, without allocating a picture in the loop.
 *
 * <p>What it shows: Mats that are made once and used for every frame; a weather that the vehicle
 * (here the wiper's stalk) changes while frames run; what to do when a frame fails (show the frame
 * as it came: late or dark is worse than wet) and when the camera goes away (open it again); and
 * how long frames take.
 *
 * <pre>java -cp 'samples/target/deweather.jar' io.deweather.samples.examples.VehicleCamera \
 *     models/zoo/edge 0</pre>
 */
public final class VehicleCamera implements Runnable {
  private static final Duration REOPEN_AFTER = Duration.ofSeconds(1);
  private static final int REPORT_EVERY = 300;

  private final OnnxRestorer restorer;
  private final String camera;
  private final Display display;
  private final AtomicReference<Weather> weather = new AtomicReference<>(Weather.CLEAR);
  private final Histogram micros = new Histogram(10_000_000, 3);
  private long failures;
  private volatile boolean stopped;

  /**
   * Prepares to run.
   *
   * @param restorer shared with other cameras if there are any; its owner closes it, after this
   * @param camera its number or address
   * @param display takes every frame
   */
  public VehicleCamera(OnnxRestorer restorer, String camera, Display display) {
    this.restorer = restorer;
    this.camera = camera;
    this.display = display;
  }

  /** Whatever looks at the frames: a screen, an encoder, the lane keeper. */
  @FunctionalInterface
  public interface Display {
    /**
     * Shows a frame.
     *
     * @param frame valid during the call only
     * @param stamp when it was taken
     */
    void show(Mat frame, FrameStamp stamp);
  }

  /** What to remove from now on; {@link Weather#CLEAR} passes frames through. Any thread. */
  public void weather(Weather now) {
    weather.set(now);
  }

  /** Ends {@link #run} after the frame at hand. Any thread. */
  public void stop() {
    stopped = true;
  }

  @Override
  public void run() {
    Mat frame = new Mat();
    Mat restored = new Mat();
    try {
      while (!stopped) {
        try (FrameSource source = FrameSource.open(camera)) {
          drive(source, frame, restored);
        } catch (MediaException e) {
          System.err.println(e.getMessage() + "; opening it again");
          pause();
        }
      }
    } finally {
      frame.release();
      restored.release();
    }
  }

  private void drive(FrameSource source, Mat frame, Mat restored) {
    while (!stopped) {
      Optional<FrameStamp> stamp = source.read(frame);
      if (stamp.isEmpty()) {
        stopped = true;
        return;
      }
      display.show(restore(frame, restored) ? restored : frame, stamp.get());
    }
  }

  private boolean restore(Mat frame, Mat restored) {
    long start = System.nanoTime();
    try {
      restorer.restore(frame, restored, weather.get());
    } catch (InferenceException e) {
      failures++;
      return false;
    }
    micros.recordValue(
        Math.min(micros.getHighestTrackableValue(), (System.nanoTime() - start) / 1000));
    if (micros.getTotalCount() % REPORT_EVERY == 0) {
      System.err.printf(
          "%d frames, %d failed, latency %.1f ms (p50), %.1f ms (p99)%n",
          micros.getTotalCount(),
          failures,
          micros.getValueAtPercentile(50) / 1000.0,
          micros.getValueAtPercentile(99) / 1000.0);
    }
    return true;
  }

  private void pause() {
    try {
      Thread.sleep(REOPEN_AFTER.toMillis());
    } catch (InterruptedException e) {
      stopped = true;
      Thread.currentThread().interrupt();
    }
  }

  /** Runs on the bundle and camera that the two arguments name, until the stream ends. */
  public static void main(String[] arguments) {
    if (arguments.length != 2) {
      System.err.println("usage: VehicleCamera BUNDLE CAMERA");
      System.exit(2);
    }
    try (OnnxRestorer restorer = OnnxRestorer.open(Path.of(arguments[0]))) {
      VehicleCamera vehicle = new VehicleCamera(restorer, arguments[1], (frame, stamp) -> {});
      vehicle.weather(Weather.RAIN);
      vehicle.run();
    } catch (DeweatherException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }
}
