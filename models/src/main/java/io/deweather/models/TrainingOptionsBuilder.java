package io.deweather.models;

import io.deweather.Weather;
import io.deweather.models.TrainingOptions.Background;
import io.deweather.models.TrainingOptions.Loss;
import io.deweather.models.TrainingOptions.Masks;
import io.deweather.models.TrainingOptions.Optimiser;
import java.nio.file.Path;
import java.util.List;

/**
 * Builds {@link TrainingOptions}, whose {@link TrainingOptions#builder} says what the defaults are.
 * One thread.
 */
public final class TrainingOptionsBuilder {
  private List<Path> clean;
  private Path out;
  private String network = "edge";
  private Path after;
  private String grow;
  private List<Weather> weathers = List.of(Weather.RAIN, Weather.RAINDROP, Weather.SNOW);
  private long seed = 1;
  private int jointSteps = 8000;
  private int measureBatches = 128;
  private Path intensities;
  private int maskedSteps = 3000;
  private double quantile = 0.9;
  private Masks masks = Masks.GRADIENT;
  private Background background = Background.ZERO;
  private Loss loss = Loss.CHARBONNIER;
  private Optimiser optimiser = Optimiser.ADAM;
  private int crops = 4;
  private int side = 256;
  private double rate = 1e-3;
  private double maskedRate = 4e-4;
  private String precision = "fp32";
  private int threads;
  private int loaderThreads = 1;
  private String device = "cpu";

  TrainingOptionsBuilder(List<Path> clean, Path out) {
    this.clean = clean;
    this.out = out;
  }

  TrainingOptionsBuilder(TrainingOptions options) {
    clean = options.clean();
    out = options.out();
    network = options.network();
    after = options.after();
    grow = options.grow();
    weathers = options.weathers();
    seed = options.seed();
    jointSteps = options.jointSteps();
    measureBatches = options.measureBatches();
    intensities = options.intensities();
    maskedSteps = options.maskedSteps();
    quantile = options.quantile();
    masks = options.masks();
    background = options.background();
    loss = options.loss();
    optimiser = options.optimiser();
    crops = options.crops();
    side = options.side();
    rate = options.rate();
    maskedRate = options.maskedRate();
    precision = options.precision();
    threads = options.threads();
    loaderThreads = options.loaderThreads();
    device = options.device();
  }

  /** Folders of clean photographs. */
  public TrainingOptionsBuilder clean(List<Path> value) {
    clean = value;
    return this;
  }

  /** The run's folder. */
  public TrainingOptionsBuilder out(Path value) {
    out = value;
    return this;
  }

  /** {@code edge} (default), {@code quality}, {@code paper}, or the path of an ONNX file. */
  public TrainingOptionsBuilder network(String value) {
    network = value;
    return this;
  }

  /** A finished run whose masked fine-tuning goes on; default null: from the beginning. */
  public TrainingOptionsBuilder after(Path value) {
    after = value;
    return this;
  }

  /** The name of a larger network that the one to start from grows to; default null: none. */
  public TrainingOptionsBuilder grow(String value) {
    grow = value;
    return this;
  }

  /** The weathers, in the order of the visibility bits; default rain, raindrop, snow. */
  public TrainingOptionsBuilder weathers(List<Weather> value) {
    weathers = value;
    return this;
  }

  /** The seed; default 1. */
  public TrainingOptionsBuilder seed(long value) {
    seed = value;
    return this;
  }

  /** Steps of joint training; default 8000. */
  public TrainingOptionsBuilder jointSteps(int value) {
    jointSteps = value;
    return this;
  }

  /** Batches a weather that gradients are measured on; default 128. */
  public TrainingOptionsBuilder measureBatches(int value) {
    measureBatches = value;
    return this;
  }

  /** A file of gradient intensities to take instead of measuring; default null: measure. */
  public TrainingOptionsBuilder intensities(Path value) {
    intensities = value;
    return this;
  }

  /** Steps of masked fine-tuning; default 3000. */
  public TrainingOptionsBuilder maskedSteps(int value) {
    maskedSteps = value;
    return this;
  }

  /** The claiming quantile, in (0, 1); default 0.9. */
  public TrainingOptionsBuilder quantile(double value) {
    quantile = value;
    return this;
  }

  /** How parameters are given to weathers; default by gradient. */
  public TrainingOptionsBuilder masks(Masks value) {
    masks = value;
    return this;
  }

  /** The views' background; default zero. */
  public TrainingOptionsBuilder background(Background value) {
    background = value;
    return this;
  }

  /** The loss; default Charbonnier. */
  public TrainingOptionsBuilder loss(Loss value) {
    loss = value;
    return this;
  }

  /** The optimiser of both trainings; default Adam. */
  public TrainingOptionsBuilder optimiser(Optimiser value) {
    optimiser = value;
    return this;
  }

  /** Crops a weather in each step; default 4. */
  public TrainingOptionsBuilder crops(int value) {
    crops = value;
    return this;
  }

  /** The side of a crop in pixels; default 256. */
  public TrainingOptionsBuilder side(int value) {
    side = value;
    return this;
  }

  /** The peak learning rate of joint training; default 1e-3. */
  public TrainingOptionsBuilder rate(double value) {
    rate = value;
    return this;
  }

  /** The peak learning rate of masked fine-tuning; default 4e-4. */
  public TrainingOptionsBuilder maskedRate(double value) {
    maskedRate = value;
    return this;
  }

  /** {@code fp32} or {@code bf16}; default {@code fp32}. */
  public TrainingOptionsBuilder precision(String value) {
    precision = value;
    return this;
  }

  /** Threads of libtorch, 0 for one a core; default 0. */
  public TrainingOptionsBuilder threads(int value) {
    threads = value;
    return this;
  }

  /** Threads that make degraded crops; default 1. */
  public TrainingOptionsBuilder loaderThreads(int value) {
    loaderThreads = value;
    return this;
  }

  /** {@code cpu}, {@code cuda} or {@code cuda:N}; default {@code cpu}. */
  public TrainingOptionsBuilder device(String value) {
    device = value;
    return this;
  }

  /**
   * Checks and returns the options.
   *
   * @throws IllegalArgumentException naming the option, its value and its rule
   */
  public TrainingOptions build() {
    return new TrainingOptions(
        clean,
        out,
        network,
        after,
        grow,
        weathers,
        seed,
        jointSteps,
        measureBatches,
        intensities,
        maskedSteps,
        quantile,
        masks,
        background,
        loss,
        optimiser,
        crops,
        side,
        rate,
        maskedRate,
        precision,
        threads,
        loaderThreads,
        device);
  }
}
