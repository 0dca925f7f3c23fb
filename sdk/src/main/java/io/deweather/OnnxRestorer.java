package io.deweather;

import io.deweather.WeatherSelector.Selection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import org.opencv.core.Mat;

/**
 * Removes weather from frames, with the views of one bundle.
 *
 * <pre>{@code
 * try (OnnxRestorer restorer =
 *     OnnxRestorer.builder(Path.of("models/zoo/edge")).weather(Weather.RAIN).open()) {
 *   Restored restored = restorer.restore(frame);
 *   ...
 *   restored.image().release();
 * }
 * }</pre>
 *
 * <p><b>Frames</b> are {@code CV_8UC3} BGR of any size from 16x16. Their pixels are read and
 * written where they lie; only a {@code Mat} with gaps between its rows, as a part of a larger one
 * has, costs a native copy. A frame must not be changed or released while it is being restored.
 *
 * <p><b>Threads.</b> Any number of threads may call; one frame runs at a time, on all the threads
 * of the engine, in the order of the calls. So memory is that of one frame, whoever calls.
 *
 * <p><b>Closing</b> waits for the frame that is running; later calls, and calls that were still
 * waiting for their turn, get an {@code IllegalStateException}. It may be repeated.
 */
public final class OnnxRestorer implements AutoCloseable {
  private final Bundle bundle;
  private final Engine engine;
  private final ViewPool views;
  private final WeatherSelector selector;
  private final Object selecting = new Object();
  private final FramePath path = new FramePath();

  /** Fair, so that no camera starves and {@code close()} gets its turn. */
  private final ReentrantLock turn = new ReentrantLock(true);

  private volatile boolean closed;

  private OnnxRestorer(Bundle bundle, Engine engine, ViewPool views, WeatherSelector selector) {
    this.bundle = bundle;
    this.engine = engine;
    this.views = views;
    this.selector = selector;
  }

  /**
   * Opens a bundle with every default: all views loaded, one thread for each processor. {@link
   * #restore(Mat)} works if the bundle has one weather; of several none is guessed, see {@link
   * Builder#weather} and {@link Builder#selector}.
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
   * Restores a frame; the selector chooses the view. For {@link Weather#CLEAR} the frame itself
   * comes back; any other result is a new {@code Mat} that the caller releases. The selector is
   * called from one thread at a time.
   *
   * @param frame {@code CV_8UC3} BGR, at least 16x16; not changed
   * @throws FrameException if the frame is anything else
   * @throws BundleException if the selector chose a weather that the bundle has no view for
   * @throws InferenceException if ONNX Runtime fails
   * @throws IllegalStateException if this restorer is closed, or has neither a selector nor a
   *     bundle of one weather
   */
  public Restored restore(Mat frame) {
    long start = System.nanoTime();
    requireOpen();
    FramePath.check(frame);
    Selection selection = select(frame);
    Mat image = frame;
    if (!selection.weather().equals(Weather.CLEAR)) {
      image = new Mat();
      try {
        run(frame, image, selection.weather());
      } catch (RuntimeException e) {
        image.release();
        throw e;
      }
    }
    return new Restored(
        image,
        selection.weather(),
        selection.confidence(),
        Duration.ofNanos(System.nanoTime() - start));
  }

  /**
   * Restores a frame with the view of one weather, into a {@code Mat} of the caller's; {@link
   * Weather#CLEAR} copies it. Called with the same {@code destination} again and again, it
   * allocates no pixels.
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
    requireOpen();
    FramePath.check(source);
    Objects.requireNonNull(destination, "destination");
    if (weather.equals(Weather.CLEAR)) {
      source.copyTo(destination);
    } else {
      run(source, destination, weather);
    }
  }

  private Selection select(Mat frame) {
    if (selector == null) {
      throw new IllegalStateException(
          ("bundle %s has views for %s and none was chosen: build with weather(...) or"
                  + " selector(...), or call restore(source, destination, weather)")
              .formatted(bundle.manifest().name(), bundle.weatherList()));
    }
    synchronized (selecting) {
      return Objects.requireNonNull(selector.select(frame), "the selector's choice");
    }
  }

  private void run(Mat source, Mat destination, Weather weather) {
    bundle.graph(weather);
    turn.lock();
    try {
      requireOpen();
      path.run(views.view(weather), source, destination);
    } finally {
      turn.unlock();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("this restorer is closed");
    }
  }

  /** The bundle that this restorer runs; its manifest says where the weights come from. */
  public Bundle bundle() {
    return bundle;
  }

  /** The weathers that it can remove, in the bundle's order. */
  public List<Weather> weathers() {
    return bundle.weathers();
  }

  /** Frees everything, after the frame that is running. Does nothing the second time. */
  @Override
  public void close() {
    closed = true;
    turn.lock();
    try (path) {
      views.close();
    } finally {
      turn.unlock();
    }
  }

  /**
   * Returns the bundle's name, weathers and folder, and the engine with its version and threads.
   */
  @Override
  public String toString() {
    return "OnnxRestorer[" + bundle + "; " + engine + "]";
  }

  /** How to open an {@link OnnxRestorer}. Not thread-safe; may be opened more than once. */
  public static final class Builder {
    private final Path folder;
    private BundleLimits limits = BundleLimits.DEFAULT;
    private WeatherSelector selector;
    private Weather weather;
    private int threads;
    private Warmup warmup = Warmup.ALL;

    private Builder(Path folder) {
      this.folder = Objects.requireNonNull(folder, "bundle");
    }

    /**
     * Always removes this weather; {@link Weather#CLEAR} passes frames through. By default the
     * bundle's only weather, and no choice if it has several.
     *
     * @throws IllegalArgumentException if a selector is set already
     */
    public Builder weather(Weather weather) {
      if (selector != null) {
        throw new IllegalArgumentException(
            "weather (" + weather + ") and selector exclude each other; a selector is set");
      }
      this.weather = Objects.requireNonNull(weather, "weather");
      return this;
    }

    /**
     * Lets this decide, frame by frame. By default there is none.
     *
     * @throws IllegalArgumentException if a weather is set already
     */
    public Builder selector(WeatherSelector selector) {
      if (weather != null) {
        throw new IllegalArgumentException(
            "selector and weather exclude each other; weather (" + weather + ") is set");
      }
      this.selector = Objects.requireNonNull(selector, "selector");
      return this;
    }

    /**
     * How many threads work on a frame, the calling one included. By default one for each
     * processor, or as many as the restorers share that this process opened before.
     *
     * @param threads from 1
     * @throws IllegalArgumentException if it is below 1
     */
    public Builder threads(int threads) {
      if (threads < 1) {
        throw new IllegalArgumentException("threads (" + threads + ") must be at least 1");
      }
      this.threads = threads;
      return this;
    }

    /** When views are loaded; {@link Warmup#ALL} by default. */
    public Builder warmup(Warmup warmup) {
      this.warmup = Objects.requireNonNull(warmup, "warmup");
      return this;
    }

    /** What reading the bundle may cost; {@link BundleLimits#DEFAULT} by default. */
    public Builder limits(BundleLimits limits) {
      this.limits = Objects.requireNonNull(limits, "limits");
      return this;
    }

    /**
     * Reads and checks the bundle and loads its views.
     *
     * @throws BundleException if the bundle is not sound, see {@link Bundle#open(Path)}, or has no
     *     view for the {@link #weather}
     * @throws InferenceException if ONNX Runtime refuses a graph
     * @throws DeweatherException if a native library cannot be loaded
     */
    public OnnxRestorer open() {
      // ONNX Runtime unpacks and links 28 MB: that goes on while the bundle is read.
      CompletableFuture<Engine> starting = CompletableFuture.supplyAsync(() -> Engine.of(threads));
      OpenCv.load();
      BundleContents contents = BundleContents.read(folder, limits);
      Bundle bundle = contents.bundle();
      WeatherSelector chosen = selectorFor(bundle);
      Engine engine = await(starting);
      ViewPool views = new ViewPool(engine, contents);
      if (warmup == Warmup.ALL) {
        views.loadAll();
      }
      return new OnnxRestorer(bundle, engine, views, chosen);
    }

    private static Engine await(CompletableFuture<Engine> starting) {
      try {
        return starting.join();
      } catch (CompletionException e) {
        if (e.getCause() instanceof DeweatherException known) {
          throw known;
        }
        throw new InferenceException("cannot start ONNX Runtime: " + e.getCause(), e.getCause());
      }
    }

    private WeatherSelector selectorFor(Bundle bundle) {
      if (weather != null) {
        if (!weather.equals(Weather.CLEAR)) {
          bundle.graph(weather);
        }
        return WeatherSelector.fixed(weather);
      }
      if (selector == null && bundle.weathers().size() == 1) {
        return WeatherSelector.fixed(bundle.weathers().get(0));
      }
      return selector;
    }
  }
}
