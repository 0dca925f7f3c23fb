package io.deweather.models;

import io.deweather.DeweatherException;
import io.deweather.FileFailure;
import io.deweather.Weather;
import io.deweather.converter.Network;
import io.deweather.converter.SecondOpinion;
import io.deweather.converter.SelectorFile;
import io.deweather.converter.SelectorGraph;
import io.deweather.converter.SelectorGraph.Judgement;
import io.deweather.converter.SelectorGraph.Scaling;
import io.deweather.models.SelectorFrames.Sample;
import io.deweather.models.SelectorRun.Lesson;
import io.deweather.models.SelectorRun.Stage;
import io.deweather.models.SelectorTuning.Tuned;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.global.torch;

/**
 * Trains what recognises the weather, from clean photographs to {@code selector.onnx}, in four
 * steps. A detector learns where there is which weather, on crops that are labelled cell by cell
 * ({@link DetectorCrops}). Whole frames are made ({@link io.deweather.models.weather.Sighting}),
 * and what it finds in them is kept; a head learns on that which weathers a frame shows: Adam on
 * binary cross-entropy, a cosine schedule with warm-up, a moving average of the parameters.
 * Detector and head are trained together for a while on further whole frames ({@link
 * SelectorTuning}). At last the probabilities are calibrated on frames of photographs that were
 * held out, without decoys and hard coding: {@link PlattScaling} for each weather, and, if more
 * than {@value #MOST_FALSE_ALARMS} of the clear frames there would be called a weather at a
 * probability of one half, an offset for all that makes it so. A second opinion, if one is wanted,
 * comes after that ({@link OpinionTraining}). A run lives in a folder:
 *
 * <pre>
 *   checkpoint.safetensors    what the run was begun with, and everything that it takes to go on
 *   detector.onnx             the detector
 *   frames.safetensors        what it finds in whole frames
 *   trunk.onnx  head.onnx     detector and head, tuned
 *   scaling.safetensors       of what the head sees, which tuning leaves as it is
 *   calibration.safetensors   what the tuned detector finds in the frames of calibration
 *   selector.onnx             all in one graph, calibrated
 *   opinion.safetensors       what the second opinion is learned from, if there is one
 *   before.onnx               the selector that is tuned on, if the run began with one
 * </pre>
 *
 * <p>The same options give the same run, also when it is stopped and started again in the same
 * folder: crops and frames depend on the seed and their number alone, whatever the number of
 * threads. A finished run that is started again keeps its detector and its frames; only what is
 * missing is done. One that was tuned is tuned on, on new frames; so is a selector that another run
 * left ({@link SelectorOptions#after}), whose detector, frames and head are not made again.
 */
public final class SelectorTraining {
  /**
   * The share of the clear frames of calibration that may have a weather above one half. Of
   * photographs from other sources than those trained on about twice as many have.
   */
  public static final double MOST_FALSE_ALARMS = 0.0075;

  private static final int REPORT_EVERY = 200;
  private static final int HOLD_OUT_STRIDE = 12;
  private static final int SMALLEST_SIDE = 200;

  private final SelectorOptions options;
  private final TrainingListener listener;
  private final SelectorRun run;
  private final OpinionTraining opinion; // null for none
  private final Photographs photographs;
  private final Photographs others;
  private Network trunk;
  private List<Sample> heldOut = List.of();
  private final SelectorTrainer trainer;

  private SelectorTraining(SelectorOptions options, TrainingListener listener) {
    this.options = options;
    this.listener = listener;
    run = new SelectorRun(options, listener);
    opinion = options.opinion() == null ? null : new OpinionTraining(options, run, listener);
    torch.set_num_threads(options.threads());
    Photographs all = Photographs.read(options.clean(), SMALLEST_SIDE);
    run.trainsOn(all);
    photographs = all.without(HOLD_OUT_STRIDE);
    others = all.every(HOLD_OUT_STRIDE);
    listener.message(
        "%d photographs to train on, %d held out".formatted(photographs.size(), others.size()));
    trainer = options.after() == null ? begun() : after();
  }

  /** Detector and frames, made or found, and the head to train on them. */
  private SelectorTrainer begun() {
    Network detector = new DetectorTraining(options, run, listener).run(photographs, others);
    run.begin();
    Network head = SelectorNetworks.head(options.weathers().size(), options.seed());
    Optional<Scaling> tuned = SelectorTuning.scaling(options.out());
    if (tuned.isPresent()) {
      return new SelectorTrainer(head, tuned.get(), options.weathers().size());
    }
    trunk = SelectorNetworks.trunk(detector, options.weathers().size());
    SelectorExamples examples = examples("frames.safetensors", photographs);
    heldOut = examples.toCalibrateOn(others, options.calibrationFrames());
    List<Sample> samples = examples.toTrainOn(photographs, 0, options.frames());
    return new SelectorTrainer(head, samples, options.seed());
  }

  /** A selector that was tuned before. */
  private SelectorTrainer after() {
    SelectorBefore before = SelectorBefore.of(options);
    run.begin();
    trunk = before.trunk();
    if (before.hadOpinion() && options.opinion() == null) {
      listener.message(
          "%s asks for a second opinion where it is in doubt; what is trained here does not, without --opinion"
              .formatted(options.after()));
    }
    return new SelectorTrainer(before.head(), before.scaling(), options.weathers().size());
  }

  /**
   * What the run of a folder was begun with, its folder being the given one, also where it has been
   * moved to; nothing, if there is none.
   *
   * @throws DeweatherException if the folder holds another kind of run
   */
  public static Optional<SelectorOptions> options(Path out) {
    if (!Checkpoint.exists(out)) {
      return Optional.empty();
    }
    SelectorOptions begun = Checkpoint.read(out, SelectorOptions.class).options();
    return Optional.of(begun.in(out));
  }

  /**
   * Runs: begins, or goes on with what the folder holds.
   *
   * @param options where the folder holds a run, those that it was begun with, see {@link
   *     #options}, but for folders and threads; once the detector is there, others for frames, head
   *     and tuning, unless it was stopped in the midst of these; once it was tuned, not for the
   *     head
   * @return {@code selector.onnx}
   * @throws TrainingStoppedException if the run was asked to stop; started again, it goes on
   * @throws DeweatherException if the folder holds a run with other options, or something cannot be
   *     read or written
   */
  public static Path run(SelectorOptions options, TrainingListener listener) {
    try {
      Files.createDirectories(options.out());
    } catch (IOException e) {
      throw new DeweatherException(
          "cannot create " + options.out() + ": " + FileFailure.reason(e), e);
    }
    return new SelectorTraining(options, listener).train();
  }

  private SelectorExamples examples(String file, Photographs madeOf) {
    return new SelectorExamples(
        options, listener, file, madeOf.identity(), SelectorGraph.features(trunk));
  }

  private Path train() {
    SelectorTuning tuning = new SelectorTuning(options, run, listener);
    Optional<Tuned> before = tuning.before();
    if (before.isPresent()) {
      listener.message("a tuned selector is there: " + options.out());
    } else if (run.isIn(Stage.OPINION)) {
      Path head = options.out().resolve(SelectorTuning.HEAD_NAME);
      trainer.learner().setAverage(Network.read(head));
    } else if (!run.isIn(Stage.TUNING)) {
      trainHead();
    }
    if (before.isPresent() || options.tuningSteps() > 0) {
      Tuned start = before.orElseGet(() -> new Tuned(trunk, trainer.learner().averaged()));
      Tuned tuned =
          options.tuningSteps() == 0 || run.isIn(Stage.OPINION)
              ? start
              : tuning.run(start, trainer.scaling(), photographs, others);
      trunk = tuned.trunk();
      trainer.learner().setAverage(tuned.head());
      calibrateAgain();
    }
    Path selector = export();
    photographs.release();
    others.release();
    run.enter(Stage.DONE);
    return selector;
  }

  private void trainHead() {
    run.train(
        Stage.HEAD,
        options.steps(),
        options.rate(),
        REPORT_EVERY,
        new Lesson(
            Map.of("head", trainer.learner()),
            trainer::step,
            () -> scores().accuracy(),
            trainer::skip,
            Map::of));
  }

  private void calibrateAgain() {
    heldOut =
        examples("calibration.safetensors", others)
            .toCalibrateOn(others, options.calibrationFrames());
  }

  private SelectorScores scores() {
    return new SelectorScores(options.weathers(), heldOut, trainer.evaluate(heldOut));
  }

  private Path export() {
    Network head = trainer.learner().averaged();
    head.write(options.out().resolve(SelectorTuning.HEAD_NAME));
    SelectorGraph.Calibration calibration = scores().calibration();
    listener.message(
        "calibration: slopes %s, offsets %s"
            .formatted(
                Arrays.toString(calibration.slopes()), Arrays.toString(calibration.offsets())));
    Judgement judgement = new Judgement(trunk, trainer.scaling(), head, calibration);
    SecondOpinion asked = opinion == null ? null : opinion.run(judgement, photographs, others);
    List<String> ids = options.weathers().stream().map(Weather::id).toList();
    Path file = options.out().resolve(SelectorFile.NAME);
    Path part = options.out().resolve(SelectorFile.NAME + ".part");
    try {
      Files.write(part, SelectorGraph.of(judgement, ids, asked).toByteArray());
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new DeweatherException("cannot write " + file + ": " + FileFailure.reason(e), e);
    }
    return file;
  }
}
