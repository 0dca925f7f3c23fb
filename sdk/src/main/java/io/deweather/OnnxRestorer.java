package io.deweather;

import io.deweather.StreamSelectors.Wishes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import java.util.regex.Pattern;
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
  private static final Pattern STREAM_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private final Bundle bundle;
  private final Engine engine;
  private final DeviceChoice device;
  private final FrameRunner runner;
  private final RestorerSettings settings;
  private final StreamSelectors selectors;
  private final RestorationStream own;
  private final Map<String, RestorationStream> streams = new LinkedHashMap<>();
  private volatile boolean closed;

  private OnnxRestorer(
      Bundle bundle,
      DeviceSelection<ViewPool> selected,
      long memoryLimit,
      Batching batching,
      RestorerSettings settings,
      StreamSelectors selectors) {
    this.bundle = bundle;
    engine = selected.opened().engine();
    device = selected.choice();
    runner = new FrameRunner(selected.opened(), memoryLimit, batching);
    this.settings = settings;
    this.selectors = selectors;
    this.own = newStream(RestorationStream.DEFAULT_NAME, selectors.own());
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
   * Restores a frame; the selector chooses the view. The result is a new {@code Mat} that the
   * caller releases, or the frame itself: for {@link Weather#CLEAR}, and where it could not be
   * restored. The selector is called from one thread at a time.
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
   * Restores a frame into a {@code Mat} of the caller's; the selector chooses the view. {@link
   * Restored#image()} is {@code destination} if it was restored, else {@code frame}. Called with
   * the same {@code destination} again and again, it allocates no pixels.
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
    requireOpen();
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
    requireOpen();
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
   * Builder#weather}.
   *
   * @param name 1 to 64 letters, digits, {@code .}, {@code _} and {@code -}, the first a letter or
   *     digit
   * @throws IllegalArgumentException if the name is of another form
   * @throws IllegalStateException if this restorer is closed, or nothing says how the stream's
   *     weather is chosen
   */
  public RestorationStream stream(String name) {
    synchronized (streams) {
      RestorationStream known = streams.get(checked(name));
      if (known != null) {
        return known;
      }
      WeatherSelector next = selectors.next();
      if (next == null) {
        throw new IllegalStateException(
            "stream %s needs a selector of its own: build with selectors(...), or call stream(name, selector)"
                .formatted(name));
      }
      return newStream(name, next);
    }
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
    Objects.requireNonNull(selector, "selector");
    synchronized (streams) {
      if (streams.containsKey(checked(name))) {
        throw new IllegalArgumentException("name (" + name + ") must be new; its stream is open");
      }
      return newStream(name, selector);
    }
  }

  private String checked(String name) {
    requireOpen();
    if (name == null || !STREAM_NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("name (" + name + ") must match " + STREAM_NAME);
    }
    return name;
  }

  private RestorationStream newStream(String name, WeatherSelector selector) {
    RestorationStream stream = new RestorationStream(name, this, runner, settings, selector);
    streams.put(name, stream);
    return stream;
  }

  void forget(RestorationStream stream) {
    synchronized (streams) {
      streams.remove(stream.name(), stream);
    }
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
    List<RestorationStream> open;
    synchronized (streams) {
      open = new ArrayList<>(streams.values());
    }
    return new Health(
        open.stream().map(RestorationStream::health).toList(),
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

  /** What to say when a frame comes and nothing chooses its weather. */
  String nothingChosen() {
    return selectors.nothingChosen();
  }

  void requireOpen() {
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
    closed = true;
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
  public static final class Builder {
    private static final long DEFAULT_MEMORY_LIMIT = 2L << 30;
    private static final long LEAST_MEMORY_LIMIT = 128L << 20;
    private static final int FADE_UNSET = -1;
    private static final int AUTOMATIC_FADE = 6;

    private final Path folder;
    private BundleLimits limits = BundleLimits.DEFAULT;
    private WeatherSelector selector;
    private Supplier<? extends WeatherSelector> selectors;
    private Weather weather;
    private boolean automatic;
    private int selectorEvery;
    private int fade = FADE_UNSET;
    private int threads;
    private Warmup warmup = Warmup.ALL;
    private Duration deadline;
    private DegradationPolicy degradation = DegradationPolicy.DEFAULT;
    private double workingResolution = 1;
    private long memoryLimit = DEFAULT_MEMORY_LIMIT;
    private Batching batching = Batching.NONE;
    private FrameListener listener;
    private Device device = Device.auto();

    private Builder(Path folder) {
      this.folder = Objects.requireNonNull(folder, "bundle");
    }

    /**
     * Always removes this weather; {@link Weather#CLEAR} passes frames through. By default the
     * bundle's selector chooses; where it has none that works, its only weather is removed, and
     * with several there is no choice.
     *
     * @throws IllegalArgumentException if a selector is set already
     */
    public Builder weather(Weather weather) {
      requireNotAutomatic("weather (" + weather + ")");
      if (selector != null || selectors != null) {
        throw new IllegalArgumentException(
            "weather (" + weather + ") and selector exclude each other; a selector is set");
      }
      this.weather = Objects.requireNonNull(weather, "weather");
      return this;
    }

    /**
     * Lets this decide, frame by frame, for the restorer's own stream. By default there is none.
     *
     * @throws IllegalArgumentException if a weather is set already
     */
    public Builder selector(WeatherSelector selector) {
      requireNotAutomatic("selector");
      requireNoWeather("selector");
      this.selector = Objects.requireNonNull(selector, "selector");
      return this;
    }

    /**
     * Gives each {@linkplain OnnxRestorer#stream(String) stream} a selector of its own; also the
     * restorer's, unless {@link #selector} is set. By default there are none.
     *
     * @param selectors makes a new one at each call
     * @throws IllegalArgumentException if a weather is set already
     */
    public Builder selectors(Supplier<? extends WeatherSelector> selectors) {
      requireNotAutomatic("selectors");
      requireNoWeather("selectors");
      this.selectors = Objects.requireNonNull(selectors, "selectors");
      return this;
    }

    /**
     * Insists on the bundle's selector, which is the default where there is one: without, {@link
     * #open()} fails.
     *
     * @throws IllegalArgumentException if a weather or a selector is set already
     */
    public Builder automatic() {
      if (weather != null || selector != null || selectors != null) {
        throw new IllegalArgumentException(
            "automatic excludes a weather and a selector; one is set");
      }
      automatic = true;
      return this;
    }

    /**
     * On how many frames there is one that the bundle's selector looks at. By default what the
     * bundle says, see {@link SelectorManifest#every()}.
     *
     * @param frames from 1
     * @throws IllegalArgumentException if it is below 1
     */
    public Builder selectorEvery(int frames) {
      if (frames < 1) {
        throw new IllegalArgumentException("selectorEvery (" + frames + ") must be at least 1");
      }
      this.selectorEvery = frames;
      return this;
    }

    /**
     * Over how many frames the picture fades when another weather is chosen. Between clear and a
     * weather the correction fades in or out, which costs nothing beyond one view a frame; between
     * two weathers both views run, where the deadline leaves time, else the view changes at once. 6
     * by default where the bundle's selector chooses, else 0.
     *
     * @param frames from 0; 0 for no fading
     * @throws IllegalArgumentException if it is negative
     */
    public Builder fade(int frames) {
      if (frames < 0) {
        throw new IllegalArgumentException("fade (" + frames + ") must be at least 0");
      }
      this.fade = frames;
      return this;
    }

    private void requireNotAutomatic(String what) {
      if (automatic) {
        throw new IllegalArgumentException(what + " and automatic exclude each other");
      }
    }

    private void requireNoWeather(String what) {
      if (weather != null) {
        throw new IllegalArgumentException(
            what + " and weather exclude each other; weather (" + weather + ") is set");
      }
    }

    /**
     * The deadline of frames that come without one, from the call of {@code restore}. By default
     * there is none: those frames run on the calling thread, without a copy, for as long as it
     * takes.
     *
     * @throws IllegalArgumentException if it is not positive
     */
    public Builder deadline(Duration deadline) {
      this.deadline = Deadline.check(deadline);
      return this;
    }

    /** When a stream does less after trouble; {@link DegradationPolicy#DEFAULT} by default. */
    public Builder degradation(DegradationPolicy policy) {
      this.degradation = Objects.requireNonNull(policy, "policy");
      return this;
    }

    /**
     * At which part of a frame's width and height the network works. Below 1 the frame is shrunk
     * (area mean), restored, and what the network changed is enlarged (bilinear) and added to the
     * full frame: the arithmetic falls with the square, detail stays as sharp as it came, and of
     * the weather what is finer than a working pixel stays too. 1 by default. Frames whose shrunken
     * form would be smaller than 16x16 are taken in full.
     *
     * @param scale above 0, at most 1
     * @throws IllegalArgumentException if it is outside
     */
    public Builder workingResolution(double scale) {
      if (!(scale > 0 && scale <= 1)) {
        throw new IllegalArgumentException("workingResolution (" + scale + ") must be in (0, 1]");
      }
      this.workingResolution = scale;
      return this;
    }

    /**
     * What the process may have in resident memory; 2 GiB by default. A frame for which it would
     * outgrow that, by what is resident when the first frame of its size comes, the memory that the
     * network was measured to take for a pixel, and 32 MiB to spare, is cut into the tiles that
     * cost least. A frame that fits in no tiles is not restored: {@link
     * FrameReason#INFERENCE_FAILED}. Memory that others allocate later, the Java heap above all, is
     * theirs to bound.
     *
     * @param bytes at least 128 MiB
     * @throws IllegalArgumentException if it is less
     */
    public Builder memoryLimit(long bytes) {
      if (bytes < LEAST_MEMORY_LIMIT) {
        throw new IllegalArgumentException(
            "memoryLimit (" + bytes + ") must be at least " + LEAST_MEMORY_LIMIT);
      }
      this.memoryLimit = bytes;
      return this;
    }

    /**
     * Lets frames of different calls share a run, if they have the same weather and size: those of
     * several cameras above all. By default every frame has a run of its own, which is also best on
     * a CPU: a frame in a batch costs what it costs alone, and all wait for the last. A GPU may
     * gain; {@code deweather self-check} measures it.
     *
     * <p>A frame whose turn comes takes those along that wait and fit, each stream's in their
     * order. Where they are fewer than {@code most} it waits for others, until {@code wait} after
     * its call, but not while a frame waits that does not fit, and not so long that the deadline of
     * any of them is in danger. Every frame keeps its own deadline, status and statistics: one that
     * leaves does not stop the others, and if the run fails each is answered with itself and the
     * reason. Pixels are copied once in and once out. Frames that fade or show two weathers run
     * alone; so do all where the bundle's graphs take one frame, as those of earlier versions, or
     * the device's engines do, see {@link TensorRtOptions#batch()}.
     *
     * @param most frames in a run, from 1
     * @param wait from 0, at most a minute; with 0 only frames that wait already are taken along
     * @throws IllegalArgumentException if one is outside
     */
    public Builder batch(int most, Duration wait) {
      this.batching = Batching.of(most, wait);
      return this;
    }

    /** Hears of every frame of every stream. By default nobody does. */
    public Builder listener(FrameListener listener) {
      this.listener = Objects.requireNonNull(listener, "listener");
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

    /**
     * What to compute on; {@link Device#auto()} by default. On a device other than the CPU at least
     * one view is loaded and tried while the restorer opens, whatever {@link #warmup} says.
     */
    public Builder device(Device device) {
      this.device = Objects.requireNonNull(device, "device");
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
     * @throws DeviceException if the {@link #device} asked for by name cannot be had
     * @throws InferenceException if ONNX Runtime refuses a graph
     * @throws DeweatherException if a native library cannot be loaded
     */
    public OnnxRestorer open() {
      // Two large libraries are linked while the bundle is read, the selector is loaded beside the
      // views, and OpenCV is waited for last: no view needs it before its first frame.
      CompletableFuture<Engine> starting = aside(() -> Engine.of(threads));
      CompletableFuture<Void> openCv =
          aside(
              () -> {
                OpenCv.load();
                return null;
              });
      BundleContents contents = BundleContents.read(folder, limits);
      Engine engine = await(starting, "ONNX Runtime");
      Wishes wishes = new Wishes(weather, selector, selectors, automatic, selectorEvery);
      CompletableFuture<StreamSelectors> choosing =
          aside(() -> StreamSelectors.open(wishes, contents, engine));
      DeviceSelection<ViewPool> selected = null;
      try {
        selected =
            DeviceSelection.open(
                device, contents.bundle(), provider -> load(engine.on(provider), contents));
        StreamSelectors chosen = await(choosing, "the selector");
        await(openCv, "OpenCV");
        int fadeFrames = fade != FADE_UNSET ? fade : chosen.automatic() ? AUTOMATIC_FADE : 0;
        return new OnnxRestorer(
            contents.bundle(),
            selected,
            memoryLimit,
            batching,
            new RestorerSettings(deadline, degradation, workingResolution, fadeFrames, listener),
            chosen);
      } catch (RuntimeException | Error e) {
        if (selected != null) {
          selected.opened().close();
        }
        choosing.thenAccept(StreamSelectors::close);
        throw e;
      }
    }

    private ViewPool load(Engine engine, BundleContents contents) {
      ViewPool views = new ViewPool(engine, contents);
      if (warmup == Warmup.ALL) {
        views.loadAll();
      } else if (engine.provider().accelerated()) {
        views.view(contents.graphs().keySet().iterator().next());
      }
      return views;
    }

    private static <T> CompletableFuture<T> aside(Supplier<T> work) {
      // The common pool has one thread on two processors.
      return CompletableFuture.supplyAsync(
          work,
          task -> {
            Thread thread = new Thread(task, "deweather-start");
            thread.setDaemon(true);
            thread.start();
          });
    }

    private static <T> T await(CompletableFuture<T> starting, String what) {
      try {
        return starting.join();
      } catch (CompletionException e) {
        if (e.getCause() instanceof DeweatherException known) {
          throw known;
        }
        throw new InferenceException("cannot start " + what + ": " + e.getCause(), e.getCause());
      }
    }
  }
}
