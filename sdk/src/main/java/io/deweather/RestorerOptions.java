package io.deweather;

import io.deweather.StreamSelectors.Wishes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;

/** The options of {@link OnnxRestorer.Builder}, with their defaults and limits. */
abstract sealed class RestorerOptions permits OnnxRestorer.Builder {
  private static final long DEFAULT_MEMORY_LIMIT = 2L << 30;
  private static final long LEAST_MEMORY_LIMIT = 128L << 20;
  private static final int FADE_UNSET = -1;
  private static final int AUTOMATIC_FADE = 6;

  final Path folder;
  BundleLimits limits = BundleLimits.DEFAULT;
  int threads;
  Warmup warmup = Warmup.ALL;
  Device device = Device.auto();
  long memoryLimit = DEFAULT_MEMORY_LIMIT;
  Batching batching = Batching.NONE;

  private WeatherSelector selector;
  private Supplier<? extends WeatherSelector> selectors;
  private Weather weather;
  private boolean automatic;
  private int selectorEvery;
  private int fade = FADE_UNSET;
  private Duration deadline;
  private DegradationPolicy degradation = DegradationPolicy.DEFAULT;
  private double workingResolution = 1;
  private FrameListener listener;

  RestorerOptions(Path folder) {
    this.folder = Objects.requireNonNull(folder, "bundle");
  }

  /**
   * Always removes this weather; {@link Weather#CLEAR} passes frames through. By default the
   * bundle's selector chooses; where it has none that works, its only weather is removed, and with
   * several there is no choice.
   *
   * @throws IllegalArgumentException if a selector or {@link #automatic} is set already
   */
  public OnnxRestorer.Builder weather(Weather weather) {
    requireNotAutomatic("weather (" + weather + ")");
    if (selector != null || selectors != null) {
      throw new IllegalArgumentException(
          "weather (" + weather + ") and selector exclude each other; a selector is set");
    }
    this.weather = Objects.requireNonNull(weather, "weather");
    return self();
  }

  /**
   * Lets this decide, frame by frame, for the restorer's own stream; by default the bundle's
   * selector does, see {@link #weather}.
   *
   * @throws IllegalArgumentException if a weather or {@link #automatic} is set already
   */
  public OnnxRestorer.Builder selector(WeatherSelector selector) {
    requireNotAutomatic("selector");
    requireNoWeather("selector");
    this.selector = Objects.requireNonNull(selector, "selector");
    return self();
  }

  /**
   * Gives each {@linkplain OnnxRestorer#stream(String) stream} a selector of its own; also the
   * restorer's, unless {@link #selector} is set. By default each has the bundle's selector.
   *
   * @param selectors makes a new one at each call; called by one thread at a time
   * @throws IllegalArgumentException if a weather or {@link #automatic} is set already
   */
  public OnnxRestorer.Builder selectors(Supplier<? extends WeatherSelector> selectors) {
    requireNotAutomatic("selectors");
    requireNoWeather("selectors");
    this.selectors = Objects.requireNonNull(selectors, "selectors");
    return self();
  }

  /**
   * Insists on the bundle's selector, which is the default where there is one: without, {@link
   * OnnxRestorer.Builder#open()} fails.
   *
   * @throws IllegalArgumentException if a weather or a selector is set already
   */
  public OnnxRestorer.Builder automatic() {
    if (weather != null || selector != null || selectors != null) {
      throw new IllegalArgumentException("automatic excludes a weather and a selector; one is set");
    }
    automatic = true;
    return self();
  }

  /**
   * The bundle's selector looks at one frame in this many. By default what the bundle says, see
   * {@link SelectorManifest#every()}.
   *
   * @param frames from 1
   * @throws IllegalArgumentException if it is below 1
   */
  public OnnxRestorer.Builder selectorEvery(int frames) {
    if (frames < 1) {
      throw new IllegalArgumentException("selectorEvery (" + frames + ") must be at least 1");
    }
    this.selectorEvery = frames;
    return self();
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
  public OnnxRestorer.Builder fade(int frames) {
    if (frames < 0) {
      throw new IllegalArgumentException("fade (" + frames + ") must be at least 0");
    }
    this.fade = frames;
    return self();
  }

  /**
   * The deadline of frames that come without one, from the call of {@code restore}. By default
   * there is none: those frames run for as long as it takes, on the calling thread and without a
   * copy unless they share runs ({@link #batch}).
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public OnnxRestorer.Builder deadline(Duration deadline) {
    this.deadline = Deadline.check(deadline);
    return self();
  }

  /** When a stream does less after trouble; {@link DegradationPolicy#DEFAULT} by default. */
  public OnnxRestorer.Builder degradation(DegradationPolicy policy) {
    this.degradation = Objects.requireNonNull(policy, "policy");
    return self();
  }

  /**
   * The fraction of a frame's width and height at which the network works. Below 1 the frame is
   * shrunk (area mean), restored, and what the network changed is enlarged (bilinear) and added to
   * the full frame: the arithmetic falls with the square, detail stays as sharp as it came, and of
   * the weather what is finer than a working pixel stays too. 1 by default. Frames whose shrunken
   * form would be smaller than 16x16, or of a size that the device is not prepared for, are taken
   * in full.
   *
   * @param scale above 0, at most 1
   * @throws IllegalArgumentException if it is outside
   */
  public OnnxRestorer.Builder workingResolution(double scale) {
    if (!(scale > 0 && scale <= 1)) {
      throw new IllegalArgumentException("workingResolution (" + scale + ") must be in (0, 1]");
    }
    this.workingResolution = scale;
    return self();
  }

  /**
   * How much resident memory the process may have; 2 GiB by default. A frame that would take it
   * beyond that is cut into tiles, those that cost least. What a frame takes is estimated when the
   * first one of its size comes: the process's resident memory then, what the network was measured
   * to take for each pixel, and 32 MiB to spare. No deadline cuts measuring short. A frame that
   * fits in no tiles is not restored: {@link FrameReason#INFERENCE_FAILED}. Memory that others
   * allocate later, the Java heap above all, is theirs to bound.
   *
   * @param bytes at least 128 MiB; {@link Long#MAX_VALUE} for no limit
   * @throws IllegalArgumentException if it is less
   */
  public OnnxRestorer.Builder memoryLimit(long bytes) {
    if (bytes < LEAST_MEMORY_LIMIT) {
      throw new IllegalArgumentException(
          "memoryLimit (" + bytes + ") must be at least " + LEAST_MEMORY_LIMIT);
    }
    this.memoryLimit = bytes;
    return self();
  }

  /**
   * Lets frames of different calls share a run, if they have the same weather and size: those of
   * several cameras above all. By default every frame has a run of its own, which is also best on a
   * CPU: a frame in a batch costs what it costs alone, and all wait for the last. A GPU may gain;
   * {@code deweather self-check} measures it.
   *
   * <p>A frame whose turn comes takes those along that wait and fit, each stream's in their order.
   * Where they are fewer than {@code most} it waits for others, until {@code wait} after its call,
   * but not while a frame waits that does not fit, and not so long that the deadline of any of them
   * is in danger. Every frame keeps its own deadline, status and statistics: one that leaves does
   * not stop the others, and if the run fails each is answered with itself and the reason. Pixels
   * are copied once in and once out. Frames that fade or show two weathers run alone; so do all
   * where the bundle's graphs take one frame, as those of earlier versions, or the device's engines
   * do, see {@link TensorRtOptions#batch()}.
   *
   * @param most frames in a run, from 1
   * @param wait from 0, at most a minute; with 0 only frames that wait already are taken along
   * @throws IllegalArgumentException if one is outside
   */
  public OnnxRestorer.Builder batch(int most, Duration wait) {
    this.batching = Batching.of(most, wait);
    return self();
  }

  /** Hears of every frame of every stream. By default nobody does. */
  public OnnxRestorer.Builder listener(FrameListener listener) {
    this.listener = Objects.requireNonNull(listener, "listener");
    return self();
  }

  /**
   * How many threads work on a frame, the calling one included. By default one for each processor,
   * or as many as the restorers share that this process opened before.
   *
   * @param threads from 1
   * @throws IllegalArgumentException if it is below 1
   */
  public OnnxRestorer.Builder threads(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads (" + threads + ") must be at least 1");
    }
    this.threads = threads;
    return self();
  }

  /** When views are loaded; {@link Warmup#ALL} by default. */
  public OnnxRestorer.Builder warmup(Warmup warmup) {
    this.warmup = Objects.requireNonNull(warmup, "warmup");
    return self();
  }

  /**
   * What to compute on; {@link Device#auto()} by default. On a device other than the CPU at least
   * one view is loaded and tried while the restorer opens, whatever {@link #warmup} says.
   */
  public OnnxRestorer.Builder device(Device device) {
    this.device = Objects.requireNonNull(device, "device");
    return self();
  }

  /** What reading the bundle may cost; {@link BundleLimits#DEFAULT} by default. */
  public OnnxRestorer.Builder limits(BundleLimits limits) {
    this.limits = Objects.requireNonNull(limits, "limits");
    return self();
  }

  private OnnxRestorer.Builder self() {
    return (OnnxRestorer.Builder) this;
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

  Wishes wishes() {
    return new Wishes(weather, selector, selectors, automatic, selectorEvery);
  }

  /**
   * What every stream goes by.
   *
   * @param chosen whether the bundle's selector chooses
   */
  RestorerSettings settings(boolean chosen) {
    int fadeFrames = fade != FADE_UNSET ? fade : chosen ? AUTOMATIC_FADE : 0;
    return new RestorerSettings(deadline, degradation, workingResolution, fadeFrames, listener);
  }
}
