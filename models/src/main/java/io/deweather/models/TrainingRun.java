package io.deweather.models;

import io.deweather.DeweatherException;
import io.deweather.Weather;
import io.deweather.converter.Network;
import io.deweather.models.BatchLoader.Batch;
import io.deweather.models.TrainingListener.Stage;
import io.deweather.models.TrainingOptions.Background;
import io.deweather.models.TrainingOptions.Masks;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.global.torch;

/**
 * The three stages of a run over one parameter set, between its folder, its listener and the {@link
 * Trainer}. One thread; closing releases the photographs.
 */
final class TrainingRun implements AutoCloseable {
  private static final int REPORT_EVERY = 50;
  private static final int VALIDATE_EVERY = 250;
  private static final int CHECKPOINT_EVERY = 250;
  private static final int VALIDATION_STRIDE = 16;
  private static final int VALIDATION_CROPS = 10;
  private static final int WARM_UP = 200;

  /** The share of crops left without weather: a view must also know when to do nothing. */
  private static final double CLEAN_SHARE = 0.04;

  private static final double AVERAGE_DECAY = 0.998;

  /** The name of the parameters after joint training in a checkpoint. */
  static final String BASE = "base";

  private static final String START = "start";

  private final TrainingOptions options;
  private final TrainingListener listener;
  private final Photographs all;
  private final Photographs photographs;
  private final List<Batch> validation;
  private final StartingPoint start;
  private final Network network;
  private final Trainer trainer;
  private final long macsPerCrop;
  private Stage stage = Stage.JOINT;
  private float[] base = new float[0];
  private byte[] visibility = new byte[0];
  private Map<Weather, Double> psnr = Map.of();
  private Map<Weather, Double> inputPsnr = Map.of();

  TrainingRun(TrainingOptions options, TrainingListener listener) {
    this.options = options;
    this.listener = listener;
    if (options.threads() > 0) {
      torch.set_num_threads(options.threads());
    }
    start = new StartingPoint(options);
    network = start.network();
    int smallest = (int) Math.ceil(options.side() / Photographs.MOST_ENLARGED);
    all = Photographs.read(options.clean(), smallest);
    if (!all.leftOut().isEmpty()) {
      listener.message(
          "left out as unreadable or below %d pixels a side: %s"
              .formatted(smallest, few(all.leftOut())));
    }
    photographs = all.without(VALIDATION_STRIDE);
    try (BatchLoader loader = loader(all.every(VALIDATION_STRIDE), VALIDATION_CROPS, -1, 0, 0)) {
      validation = loader.next();
    }
    macsPerCrop = network.macs(options.side(), options.side());
    trainer =
        new Trainer(
            network, options.weathers(), options.loss(), options.precision(), options.device());
    listener.message(
        "%d photographs to train on, %d held out; %s: %,d parameters, %.3f GMAC a crop"
            .formatted(
                photographs.size(),
                all.size() - photographs.size(),
                start,
                trainer.parameters.size(),
                macsPerCrop / 1e9));
  }

  private static String few(List<Path> files) {
    return files.size() == 1
        ? files.get(0).toString()
        : files.get(0) + " and " + (files.size() - 1) + " more";
  }

  /** Trains from the beginning, or from where the run before ended. Returns the bundle. */
  Path begin() {
    trainer.start(options.optimiser());
    StartingPoint.Masked masked = start.masked();
    if (masked != null) {
      stage = Stage.MASKED;
      base = masked.base();
      visibility = masked.visibility();
    }
    return train(0);
  }

  /** Trains from where a checkpoint is. Returns the bundle. */
  Path resume(Checkpoint<TrainingOptions> checkpoint) {
    checkpoint.requirePhotographs(options.out(), all);
    String begun = checkpoint.facts().getOrDefault(START, start.identity());
    if (!begun.equals(start.identity())) {
      throw new DeweatherException(
          "%s was begun from %s as that was then; it has changed".formatted(options.out(), start));
    }
    stage = Stage.valueOf(checkpoint.stage());
    base = checkpoint.vectors().getOrDefault(BASE, new float[0]);
    visibility = checkpoint.visibility();
    trainer.start(options.optimiser());
    trainer.adam().resume("", checkpoint.vectors(), checkpoint.step());
    listener.message("resumed at %s step %d".formatted(stage, checkpoint.step()));
    return train(checkpoint.step());
  }

  private Path train(int firstStep) {
    inputPsnr = trainer.psnr(validation, false);
    int step = firstStep;
    if (stage == Stage.JOINT) {
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
    try (BatchLoader loader =
        loader(photographs, options.crops(), stage.ordinal(), CLEAN_SHARE, firstStep)) {
      new StepLoop(stage.name(), steps, peak, WARM_UP, REPORT_EVERY, CHECKPOINT_EVERY)
          .run(firstStep, new Steps(loader, steps), listener);
    }
  }

  /** A stage's steps, one batch of each weather in each. */
  private final class Steps implements StepLoop.Work {
    private final BatchLoader loader;
    private final int steps;
    private final int crops = options.crops() * options.weathers().size();
    private Pace pace = new Pace(macsPerCrop);

    Steps(BatchLoader loader, int steps) {
      this.loader = loader;
      this.steps = steps;
    }

    @Override
    public double step(double rate) {
      pace.add(crops);
      return trainer.step(loader.next(), rate, AVERAGE_DECAY);
    }

    @Override
    public void report(int done, double loss) {
      if (done == steps || done % VALIDATE_EVERY == 0) {
        psnr = trainer.psnr(validation, true);
      }
      long left = (long) (steps - done) * crops;
      if (stage == Stage.JOINT) {
        left += (long) (options.maskedSteps() + options.measureBatches()) * crops;
      }
      listener.progress(
          new TrainingListener.Progress(
              stage,
              done,
              steps,
              loss,
              psnr,
              inputPsnr,
              pace.cropsPerSecond(),
              pace.gflops(),
              pace.remaining(left)));
      pace = pace.lap();
    }

    @Override
    public void keep(int done) {
      checkpoint(done);
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
        "masks at quantile %s over %d batches a weather; overlap of two disjoint halves %.3f"
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
              trainer, () -> toMeasure(loader), options.weathers(), options.measureBatches());
      measured.write(options.out().resolve(GradientIntensities.FILE_NAME));
      return measured;
    }
  }

  private List<Batch> toMeasure(BatchLoader loader) {
    if (StepLoop.mustStop(listener)) {
      throw new TrainingStoppedException("stopped in the measure stage");
    }
    return loader.next();
  }

  private void mask() {
    psnr = Map.of(); // what is known is that of the network without masks
    boolean zero = options.background() == Background.ZERO;
    trainer.mask(visibility, zero ? new float[base.length] : base);
  }

  private Path export() {
    if (psnr.isEmpty()) {
      psnr = trainer.psnr(validation, true);
    }
    RunExport export =
        new RunExport(
            options,
            start.bundle(),
            trainer.parameters.network(FlatParameters.floats(trainer.adam().average)));
    return export.write(
        visibility,
        base.length == 0 ? null : trainer.parameters.network(base),
        photographs.size(),
        inputPsnr,
        psnr);
  }

  private void checkpoint(int step) {
    Map<String, float[]> vectors = trainer.adam().state("");
    if (base.length > 0) {
      vectors.put(BASE, base);
    }
    Map<String, String> facts = Map.of(START, start.identity());
    new Checkpoint<>(options, stage.name(), step, all.identity(), facts, vectors, visibility)
        .write(options.out());
  }

  private BatchLoader loader(
      Photographs from, int crops, long stream, double cleanShare, long firstStep) {
    return new BatchLoader(
        from,
        options.weathers(),
        crops,
        options.side(),
        options.seed() * 7919 + stream + start.stream(),
        cleanShare,
        firstStep,
        options.loaderThreads());
  }

  @Override
  public void close() {
    all.release();
  }
}
