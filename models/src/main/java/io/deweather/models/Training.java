package io.deweather.models;

import io.deweather.DeweatherException;
import io.deweather.Weather;
import io.deweather.converter.Network;
import io.deweather.models.BatchLoader.Batch;
import io.deweather.models.TrainingListener.Stage;
import io.deweather.models.TrainingOptions.Background;
import io.deweather.models.TrainingOptions.Masks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;

/**
 * A training run with gradient-guided masks (Guo et al., arXiv 2411.16739), from clean photographs
 * to a bundle, in the three stages of {@link Stage}. A run lives in a folder:
 *
 * <pre>
 *   checkpoint.safetensors    everything that {@link #resume} needs
 *   joint.onnx                the network after joint training
 *   intensities.safetensors   how strongly each weather moves each parameter, if measured here
 *   network.onnx              the network after masked fine-tuning
 *   visibility.safetensors    which weather sees which parameter
 *   bundle/                   the two, baked
 * </pre>
 *
 * <p>The same options give the same run, also when it is interrupted and resumed: crops, weather
 * and schedule depend on the seed and the step alone.
 */
@SuppressWarnings("try") // a PointerScope works by being open
public final class Training {
  private static final int REPORT_EVERY = 50;
  private static final int VALIDATE_EVERY = 250;
  private static final int CHECKPOINT_EVERY = 250;
  private static final int VALIDATION_STRIDE = 16;
  private static final int VALIDATION_CROPS = 10;
  private static final int WARM_UP = 200;

  /** The share of crops left without weather: a view must also know when to do nothing. */
  private static final double CLEAN_SHARE = 0.04;

  private static final double AVERAGE_DECAY = 0.998;

  private final TrainingOptions options;
  private final TrainingListener listener;
  private final Photographs all;
  private final Photographs photographs;
  private final List<Batch> validation;
  private final Growth growth;
  private final Network network;
  private final Trainer trainer;
  private final long macsPerCrop;
  private Stage stage = Stage.JOINT;
  private float[] base = new float[0];
  private byte[] visibility = new byte[0];
  private Map<Weather, Double> psnr = Map.of();
  private Map<Weather, Double> inputPsnr = Map.of();

  private Training(TrainingOptions options, TrainingListener listener) {
    this.options = options;
    this.listener = listener;
    if (options.threads() > 0) {
      torch.set_num_threads(options.threads());
    }
    all = Photographs.read(options.clean(), options.side());
    photographs = all.without(VALIDATION_STRIDE);
    try (BatchLoader loader = loader(all.every(VALIDATION_STRIDE), VALIDATION_CROPS, -1, 0, 0)) {
      validation = loader.next();
    }
    Network start = start(options);
    growth = options.grow() == null ? null : growth(options, start);
    network = growth == null ? start : growth.grown();
    Object from = options.after() != null ? options.after() : options.network();
    String grown = growth == null ? "" : " grown to " + options.grow();
    macsPerCrop = network.macs(options.side(), options.side());
    trainer =
        new Trainer(
            network, options.weathers(), options.loss(), options.precision(), options.device());
    listener.message(
        "%d photographs to train on, %d held out; %s%s: %,d parameters, %.3f GMAC a crop"
            .formatted(
                photographs.size(),
                all.size() - photographs.size(),
                from,
                grown,
                trainer.parameters.size(),
                macsPerCrop / 1e9));
  }

  private static Network start(TrainingOptions options) {
    if (options.after() != null) {
      Path finished = options.after().resolve(RunExport.NETWORK);
      if (!Files.exists(finished)) {
        throw notFinished(options);
      }
      return Network.read(finished);
    }
    return options.network().endsWith(".onnx")
        ? Network.read(Path.of(options.network()))
        : Networks.byName(options.network(), options.seed());
  }

  private static Growth growth(TrainingOptions options, Network start) {
    try {
      return new Growth(start, Networks.byName(options.grow(), options.seed()));
    } catch (DeweatherException e) {
      throw new DeweatherException("cannot grow to " + options.grow() + ": " + e.getMessage(), e);
    }
  }

  /**
   * Runs from the beginning, or from where the run {@link TrainingOptions#after} ended.
   *
   * @return the folder of the bundle
   * @throws TrainingStoppedException if the thread was interrupted; the run can be resumed
   * @throws DeweatherException if the folder already holds a run, or something cannot be read or
   *     written
   */
  public static Path run(TrainingOptions options, TrainingListener listener) {
    if (Files.exists(options.out().resolve(Checkpoint.FILE_NAME))) {
      throw new DeweatherException(
          options.out() + " already holds a run: resume it, or choose another folder");
    }
    try {
      Files.createDirectories(options.out());
    } catch (IOException e) {
      throw new DeweatherException("cannot create " + options.out() + ": " + e.getMessage(), e);
    }
    Training training = new Training(options, listener);
    try {
      if (options.after() != null) {
        training.goOn(Checkpoint.read(options.after()));
      }
      return training.train(0);
    } finally {
      training.all.release();
    }
  }

  /**
   * Goes on with an interrupted run, exactly where its last checkpoint is.
   *
   * @param out the run's folder
   * @return the folder of the bundle
   * @throws DeweatherException if there is no checkpoint, or something cannot be read or written
   */
  public static Path resume(Path out, TrainingListener listener) {
    Checkpoint checkpoint = Checkpoint.read(out);
    Training training = new Training(checkpoint.options(), listener);
    try {
      training.restore(checkpoint);
      return training.train(checkpoint.step());
    } finally {
      training.all.release();
    }
  }

  /**
   * Brings a run to its end: begins it, goes on with what its folder holds, or does nothing if it
   * is finished. For programs that are restarted until their work is done.
   *
   * @param options of the run; where its folder holds one, that one's own
   * @return the folder of the bundle
   * @throws TrainingStoppedException if the thread was interrupted
   * @throws DeweatherException if something cannot be read or written
   */
  public static Path complete(TrainingOptions options, TrainingListener listener) {
    Path bundle = options.out().resolve(RunExport.BUNDLE);
    if (Files.isDirectory(bundle)) {
      return bundle;
    }
    return Files.exists(options.out().resolve(Checkpoint.FILE_NAME))
        ? resume(options.out(), listener)
        : run(options, listener);
  }

  private static DeweatherException notFinished(TrainingOptions options) {
    return new DeweatherException(options.after() + " is not finished: resume it first");
  }

  /** Takes the masks and the background of a finished run, whose network this one's is or was. */
  private void goOn(Checkpoint finished) {
    TrainingOptions before = finished.options();
    if (finished.stage() != Stage.MASKED || finished.step() < before.maskedSteps()) {
      throw notFinished(options);
    }
    if (!before.weathers().equals(options.weathers())
        || before.background() != options.background()) {
      throw new DeweatherException(
          "%s has weathers %s and background %s, this run %s and %s: they must be the same"
              .formatted(
                  options.after(),
                  before.weathers(),
                  before.background(),
                  options.weathers(),
                  options.background()));
    }
    stage = Stage.MASKED;
    base = finished.base();
    visibility = finished.visibility();
    if (growth != null) {
      base = growth.parameters(base);
      visibility = growth.visibility(visibility, options.weathers().size());
    }
    trainer.start(options.optimiser());
  }

  private Path train(int firstStep) {
    inputPsnr = trainer.psnr(validation, false);
    int step = firstStep;
    if (stage == Stage.JOINT) {
      if (step == 0) {
        trainer.start(options.optimiser());
      }
      optimise(step, options.jointSteps(), options.rate());
      base = FlatParameters.floats(trainer.adam().average);
      trainer.parameters.network(base).write(options.out().resolve("joint.onnx"));
      trainer.set(base);
      trainer.start(options.optimiser());
      stage = Stage.MEASURE;
      step = 0;
      checkpoint(step);
    }
    if (stage == Stage.MEASURE) {
      measure();
      stage = Stage.MASKED;
    }
    mask();
    optimise(step, options.maskedSteps(), options.maskedRate());
    checkpoint(options.maskedSteps());
    return export();
  }

  private void optimise(int firstStep, int steps, double peak) {
    Pace pace = new Pace(macsPerCrop);
    double loss = 0;
    int losses = 0;
    int crops = options.crops() * options.weathers().size();
    try (BatchLoader loader =
        loader(photographs, options.crops(), stage.ordinal(), CLEAN_SHARE, firstStep)) {
      for (int step = firstStep; step < steps; step++) {
        loss +=
            trainer.step(
                loader.next(), CosineSchedule.rate(step, steps, peak, WARM_UP), AVERAGE_DECAY);
        losses++;
        pace.add(crops);
        boolean last = step + 1 == steps;
        if (last || (step + 1) % VALIDATE_EVERY == 0) {
          psnr = trainer.psnr(validation, true);
        }
        if (last || (step + 1) % REPORT_EVERY == 0) {
          long left = (steps - step - 1L) * crops;
          if (stage == Stage.JOINT) {
            left += (long) (options.maskedSteps() + options.measureBatches()) * crops;
          }
          report(step + 1, steps, loss / losses, pace, pace.remaining(left));
          pace = pace.lap();
          loss = 0;
          losses = 0;
        }
        boolean stop = Thread.interrupted();
        if (stop || (step + 1) % CHECKPOINT_EVERY == 0) {
          checkpoint(step + 1);
        }
        if (stop) {
          throw new TrainingStoppedException(
              "stopped in the %s stage after step %d; --resume %s goes on"
                  .formatted(stage, step + 1, options.out()));
        }
      }
    }
  }

  private void measure() {
    if (options.masks() == Masks.NONE) {
      int parameters = Math.toIntExact(trainer.parameters.size());
      visibility = Claims.allCommon(parameters, options.weathers().size());
      return;
    }
    GradientIntensities intensities = intensities();
    byte[] claimed = intensities.visibility(network, options.quantile(), options.masks());
    visibility =
        options.masks().random() ? Claims.shuffled(network, claimed, options.seed()) : claimed;
    listener.message(
        "masks at quantile %.2f over %d batches a weather; overlap of two disjoint halves %.3f"
            .formatted(
                options.quantile(),
                intensities.batches(),
                intensities.overlap(network, options.quantile(), options.masks())));
  }

  private GradientIntensities intensities() {
    if (options.intensities() != null) {
      GradientIntensities given = GradientIntensities.read(options.intensities());
      given.requireFits(options.intensities(), network, options.weathers());
      return given;
    }
    try (BatchLoader loader = loader(photographs, options.crops(), stage.ordinal(), 0, 0)) {
      GradientIntensities measured =
          GradientIntensities.measure(
              trainer, loader, options.weathers(), options.measureBatches());
      measured.write(options.out().resolve(GradientIntensities.FILE_NAME));
      return measured;
    }
  }

  private void mask() {
    boolean zero = options.background() == Background.ZERO;
    trainer.mask(visibility, zero ? new float[base.length] : base);
  }

  private Path export() {
    RunExport export =
        new RunExport(
            options, trainer.parameters.network(FlatParameters.floats(trainer.adam().average)));
    return export.write(
        visibility,
        base.length == 0 ? null : trainer.parameters.network(base),
        photographs.size(),
        inputPsnr,
        psnr);
  }

  private void checkpoint(int step) {
    Adam adam = trainer.adam();
    new Checkpoint(
            options,
            stage,
            step,
            FlatParameters.floats(trainer.parameters.theta),
            FlatParameters.floats(adam.mean),
            FlatParameters.floats(adam.variance),
            FlatParameters.floats(adam.average),
            base,
            visibility)
        .write(options.out());
  }

  private void restore(Checkpoint checkpoint) {
    stage = checkpoint.stage();
    base = checkpoint.base();
    visibility = checkpoint.visibility();
    trainer.set(checkpoint.theta());
    trainer.start(options.optimiser());
    try (PointerScope scope = new PointerScope()) {
      Adam adam = trainer.adam();
      adam.mean.copy_(trainer.parameters.vector(checkpoint.mean()));
      adam.variance.copy_(trainer.parameters.vector(checkpoint.variance()));
      adam.average.copy_(trainer.parameters.vector(checkpoint.average()));
      adam.resume(checkpoint.step());
    }
    listener.message("resumed at %s step %d".formatted(stage, checkpoint.step()));
  }

  private void report(int step, int steps, double loss, Pace pace, Duration remaining) {
    listener.progress(
        new TrainingListener.Progress(
            stage,
            step,
            steps,
            loss,
            psnr,
            inputPsnr,
            pace.cropsPerSecond(),
            pace.gflops(),
            remaining));
  }

  private BatchLoader loader(
      Photographs from, int crops, long stream, double cleanShare, long firstStep) {
    return new BatchLoader(
        from,
        options.weathers(),
        crops,
        options.side(),
        options.seed() * 7919 + stream,
        cleanShare,
        firstStep,
        options.loaderThreads());
  }
}
