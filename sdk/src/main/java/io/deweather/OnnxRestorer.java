package io.deweather;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.opencv.core.Core;
import org.opencv.core.Mat;

/**
 * Removes weather from frames, with the views of one bundle.
 *
 * <pre>{@code
 * try (OnnxRestorer restorer =
 *     OnnxRestorer.builder(Path.of("models/zoo/edge")).weather(Weather.RAIN).open()) {
 *   Restored restored = restorer.restore(frame, Duration.ofMillis(50));
 *   show(restored.image());
 * }
 * }</pre>
 *
 * <p><b>Frames</b> are {@code CV_8UC3} BGR of any size from 16x16. Their pixels are read and
 * written where they lie; native copies are made of a {@code Mat} with gaps between its rows, as a
 * part of a larger one has, of frames under a deadline, and of frames in tiles. A frame must not be
 * changed or released while it is being restored.
 *
 * <p><b>Every frame is answered.</b> Where the result is not there in time, inference fails or its
 * output is invalid (another shape, or one grey all over from a frame that is not, as from a
 * network that computes NaN), the methods that return a {@link Restored} give the frame itself
 * back, with a {@link FrameReason}. Repeated trouble makes a stream do less, see {@link
 * DegradationPolicy}.
 *
 * <p><b>Deadlines.</b> A frame with a deadline runs on a thread of the restorer while the caller
 * waits. When the deadline passes the caller leaves with its frame; the late run is told to stop,
 * which it does between two nodes of the graph, and what it wrote is dropped. The next frame waits
 * for that, within its own deadline. The selector runs on the calling thread: its time counts, but
 * it is not cut short.
 *
 * <p><b>Threads.</b> Any number of threads may call; one frame, or one {@linkplain Builder#batch
 * batch}, runs at a time, on all the threads of the engine, so memory is that of one, whoever
 * calls. Calls of one stream keep their order; {@linkplain #stream streams} take turns.
 *
 * <p><b>Memory.</b> Of the views, only the one that ran last holds memory for frames larger than
 * 640x400; others give it back when they are left. A frame for which the process would outgrow
 * {@link Builder#memoryLimit} is cut into tiles, each with so much around it that the result is
 * that of the whole frame, to one grey level.
 *
 * <p><b>Closing</b> waits for the frame that is running; later calls, and calls that were still
 * waiting for their turn, get an {@code IllegalStateException}. It may be repeated.
 */
public final class OnnxRestorer implements AutoCloseable {
  private final Bundle bundle;
  private final Engine engine;
  private final DeviceChoice device;
  private final FrameRunner runner;
  private final StreamSelectors selectors;
  private final Streams streams;
  private final RestorationStream own;

  OnnxRestorer(
      Bundle bundle,
      DeviceSelection<ViewPool> selected,
      StreamSelectors selectors,
      RestorerOptions options) {
    this.bundle = bundle;
    engine = selected.opened().engine();
    device = selected.choice();
    runner = new FrameRunner(selected.opened(), options.memoryLimit, options.batching);
    this.selectors = selectors;
    streams = new Streams(bundle, runner, selectors, options.settings(selectors.automatic()));
    own = streams.openOwn();
  }

  /**
   * Opens a bundle with every default: all views loaded, one thread for each processor, the weather
   * chosen by the bundle's selector. Without one {@link #restore(Mat)} works if the bundle has one
   * weather; of several none is guessed, see {@link Builder#weather} and {@link Builder#selector}.
   *
   * @throws BundleException if the bundle is not sound; see {@link Bundle#open(Path)}
   * @throws InferenceException if ONNX Runtime refuses a graph
   */
  public static OnnxRestorer open(Path bundle) {
    return builder(bundle).open();
  }

  /** Prepares to open a bundle; nothing is read before {@link Builder#open()}. */
  public static Builder builder(Path bundle) {
    return new Builder(bundle);
  }

  /**
   * Restores a frame, under the restorer's own {@linkplain Builder#deadline deadline} if it has
   * one; the selector chooses the view. The result is a new {@code Mat} that the caller releases,
   * or the frame itself: for {@link Weather#CLEAR}, and where it could not be restored. The
   * selector is called from one thread at a time.
   *
   * @param frame {@code CV_8UC3} BGR, at least 16x16; not changed
   * @throws FrameException if the frame is anything else
   * @throws BundleException if the selector chose a weather that the bundle has no view for
   * @throws IllegalStateException if this restorer is closed, or has neither a selector nor a
   *     bundle of one weather
   */
  public Restored restore(Mat frame) {
    return own.restore(frame);
  }

  /**
   * Restores a frame in time, or answers with the frame itself and says why: the answer is there 5
   * ms after the deadline at the latest, if the machine gives the calling thread a core.
   *
   * @param frame as for {@link #restore(Mat)}
   * @param deadline from now; positive
   * @throws IllegalArgumentException if the deadline is not positive
   * @see #restore(Mat)
   */
  public Restored restore(Mat frame, Duration deadline) {
    return own.restore(frame, deadline);
  }

  /**
   * Restores a frame into a {@code Mat} of the caller's, under the restorer's own deadline if it
   * has one; the selector chooses the view. {@link Restored#image()} is {@code destination} if it
   * was restored, else {@code frame}. Called with the same {@code destination} again and again, it
   * allocates no pixels.
   *
   * @param destination gets the restored frame, reallocated unless it has the size and type of
   *     {@code frame}; may be {@code frame}, or share memory with it. If the frame was not restored
   *     its contents are undefined, unless it shares memory with {@code frame}: then they are
   *     unchanged
   * @see #restore(Mat)
   */
  public Restored restore(Mat frame, Mat destination) {
    return own.restore(frame, destination);
  }

  /**
   * Restores a frame with the view of one weather, into a {@code Mat} of the caller's; {@link
   * Weather#CLEAR} copies it. Called with the same {@code destination} again and again, it
   * allocates no pixels. Unlike the other methods it knows no deadline and no {@link
   * OperatingMode}, and throws if it cannot restore.
   *
   * @param source {@code CV_8UC3} BGR, at least 16x16
   * @param destination gets the restored frame, reallocated unless it has the size and type of
   *     {@code source}; may be {@code source}, or share memory with it. Undefined after an {@code
   *     InferenceException}
   * @param weather {@code CLEAR} or one of {@link #weathers()}
   * @throws FrameException if the source is anything else
   * @throws BundleException if the bundle has no view for the weather
   * @throws InferenceException if ONNX Runtime fails
   * @throws IllegalStateException if this restorer is closed
   */
  public void restore(Mat source, Mat destination, Weather weather) {
    streams.requireOpen();
    FramePath.check(source);
    Objects.requireNonNull(destination, "destination");
    if (!weather.equals(Weather.CLEAR)) {
      bundle.graph(weather);
    }
    own.restoreOrThrow(source, destination, weather);
  }

  /**
   * Restores frames of one size with the view of one weather, into {@code Mat}s of the caller's, in
   * one run: for several cameras at once, on devices that gain from it. As {@link #restore(Mat,
   * Mat, Weather)} it knows no deadline and throws if it cannot restore.
   *
   * <p>Where the frames lie one after the other in memory, as row ranges of one {@code Mat} do,
   * nothing is copied, and likewise with the destinations; else there is one native copy in, or
   * out. A run holds memory for all its frames. There are several runs, of fewer frames each, where
   * the {@linkplain Builder#memoryLimit memory limit} or the device's engines ({@link
   * TensorRtOptions#batch()}) do not allow more, or where the bundle's graphs take one frame, as
   * those of earlier versions.
   *
   * @param sources {@code CV_8UC3} BGR, at least 16x16, all of one size
   * @param destinations as many; each gets the restored frame, reallocated unless it has the size
   *     and type of the sources. It may be its own source, and share memory with no other. All are
   *     undefined after an {@code InferenceException}
   * @param weather {@code CLEAR} or one of {@link #weathers()}
   * @throws FrameException if a source is anything else, or of another size than the first
   * @throws IllegalArgumentException if there are not as many destinations as sources
   * @throws BundleException if the bundle has no view for the weather
   * @throws InferenceException if ONNX Runtime fails, or the result for any frame is invalid
   * @throws IllegalStateException if this restorer is closed
   */
  public void restore(List<Mat> sources, List<Mat> destinations, Weather weather) {
    streams.requireOpen();
    FramePath.check(sources);
    if (destinations.size() != sources.size()) {
      throw new IllegalArgumentException(
          "destinations (%d) must be as many as sources (%d)"
              .formatted(destinations.size(), sources.size()));
    }
    if (weather.equals(Weather.CLEAR)) {
      for (int i = 0; i < sources.size(); i++) {
        own.restoreOrThrow(sources.get(i), destinations.get(i), weather);
      }
      return;
    }
    bundle.graph(weather);
    if (!sources.isEmpty()) {
      own.restoreOrThrow(List.copyOf(sources), List.copyOf(destinations), weather);
    }
  }

  /**
   * The stream of this name, with a selector, mode and statistics of its own; opened if there is
   * none. Its selector is a new one of {@link Builder#selectors}, or always {@link
   * Builder#weather}; with neither, and no {@link Builder#selector}, the bundle's selector with a
   * belief of the stream's own, or the bundle's only weather.
   *
   * @param name 1 to 64 letters, digits, {@code .}, {@code _} and {@code -}, the first a letter or
   *     digit
   * @throws IllegalArgumentException if the name is of another form
   * @throws IllegalStateException if this restorer is closed, or nothing says how the stream's
   *     weather is chosen
   */
  public RestorationStream stream(String name) {
    return streams.get(name);
  }

  /**
   * Opens a stream with this selector.
   *
   * @param name as for {@link #stream(String)}
   * @param selector the stream's alone
   * @throws IllegalArgumentException if the name is of another form, or a stream of this name is
   *     open
   * @throws IllegalStateException if this restorer is closed
   */
  public RestorationStream stream(String name, WeatherSelector selector) {
    return streams.open(name, selector);
  }

  /**
   * Tells the restorer's own stream what the vehicle knows of the weather.
   *
   * @see RestorationStream#signals
   */
  public void signals(VehicleSignals signals) {
    own.signals(signals);
  }

  /** The state at this moment. Costs a frame nothing; works after closing too. */
  public Health health() {
    return new Health(
        streams.health(),
        runner.views().states(),
        new Health.Memory(
            ResidentMemory.bytes(), runner.planner().limit(), runner.planner().bytesPerPixel()),
        selectors.state(),
        Map.of(
            "bundle", bundle.manifest().name(),
            "onnxruntime", engine.environment().getVersion(),
            "opencv", Core.VERSION,
            "java", System.getProperty("java.version")));
  }

  /** The bundle that this restorer runs; its manifest says where the weights come from. */
  public Bundle bundle() {
    return bundle;
  }

  /** The weathers that it can remove, in the bundle's order. */
  public List<Weather> weathers() {
    return bundle.weathers();
  }

  /** The device that it computes on; if it was {@link Device#auto()}, how it came to that. */
  public DeviceChoice device() {
    return device;
  }

  /**
   * For each view that is loaded on a device other than the CPU, which of its nodes run there and
   * which fell back on the CPU. Empty on the CPU.
   */
  public Map<Weather, NodePlacement> placements() {
    return runner.views().placements();
  }

  /** Frees everything, after the frame that is running. Does nothing the second time. */
  @Override
  public void close() {
    streams.close();
    try (selectors) {
      runner.close();
    }
  }

  /**
   * Returns the bundle's name, weathers and folder, the engine with its version and threads, and
   * whether the bundle's selector works.
   */
  @Override
  public String toString() {
    return "OnnxRestorer[%s; %s; %s]"
        .formatted(
            bundle,
            engine,
            selectors.state().ready() ? "selector" : "no selector: " + selectors.state().detail());
  }

  /** How to open an {@link OnnxRestorer}. Not thread-safe; may be opened more than once. */
  public static final class Builder extends RestorerOptions {
    private Builder(Path folder) {
      super(folder);
    }

    /**
     * Reads and checks the bundle and loads its views.
     *
     * @throws BundleException if the bundle is not sound, see {@link Bundle#open(Path)}, or has no
     *     view for the {@link #weather}
     * @throws DeviceException if the {@link #device(Device) device} asked for by name cannot be had
     * @throws InferenceException if ONNX Runtime refuses a graph
     * @throws DeweatherException if a native library cannot be loaded
     */
    public OnnxRestorer open() {
      return Startup.open(this);
    }
  }
}
